/**
 * Where to stay when the team changes: in the same area. What has an address of its own, such as one sandbox, belongs
 * to the team that was left.
 */
export const areaPath = (pathname: string): string => `/${pathname.split('/')[1] ?? ''}`;
