export { reflectionRoutes } from './routes.ts';
