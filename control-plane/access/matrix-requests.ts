import { Code } from '@connectrpc/connect';

/** What the matrix test calls methods on: a team with two members and a thing of each kind. */
export interface World {
  readonly teamId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly hostId: string;
  readonly sandboxId: string;
  readonly snapshotId: string;
  readonly templateId: string;
  readonly inviteId: string;
  readonly keyId: string;
  readonly identityId: string;
  readonly approvalId: string;
  readonly repositoryId: string;
  readonly rolloutId: string;
  readonly alertId: string;
  readonly ruleId: string;
  readonly channelId: string;
  readonly deliveryId: string;
  readonly passkeyId: string;
  readonly gatewayTokenId: string;
  readonly supportKeyId: string;
  readonly testerId: string;
}

const bytes = (length: number) => new Uint8Array(length);
const password = 'correct horse battery';
const secondOfTen = { seconds: 10n, nanos: 0 };

/**
 * What a request needs beside the ids of the world to be valid. A method that is not here is called with the ids alone,
 * filled in by the names of its fields.
 */
export const requests: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'SetupService.CompleteSetup': { setupToken: 'x', name: 'Eve', email: 'eve@example.org', password },
  'AuthService.SignUp': { name: 'Eve', email: 'eve@example.org', password },
  'AuthService.LogIn': { email: 'eve@example.org', password },
  'AuthService.CompleteLogIn': { factor: { case: 'recoveryCode', value: 'x' } },
  'AuthService.StartPasskey': { purpose: 2 },
  'AuthService.RegisterPasskey': { name: 'x', responseJson: '{}' },
  'AuthService.ConfirmCaller': { proof: { case: 'password', value: 'x' } },
  'AuthService.ResetSecondFactor': { reason: 'x' },
  'AuthService.StartDeviceLogin': { deviceName: 'x' },
  'AuthService.ApproveDeviceLogin': { userCode: 'BBBB-BBBB' },
  'AuthService.ChangePassword': { currentPassword: 'x', newPassword: password },
  'AuthService.RequestPasswordReset': { email: 'eve@example.org' },
  'AuthService.ResetPassword': { token: 'x', newPassword: password },
  'UserService.UpdateUser': { name: 'Eve' },
  'UserService.EraseUser': { confirmName: 'x', reason: 'x' },
  'UserService.SearchUsers': { query: 'eve', emailPrefix: 'eve', prefix: 'eve' },
  'TeamService.CreateTeam': { name: 'Eve' },
  'TeamService.UpdateTeam': { name: 'Eve' },
  'TeamService.SetTeamQuota': { quota: {} },
  'TeamService.AddMember': { role: 3 },
  'TeamService.SetMemberRole': { role: 2 },
  'InviteService.CreateInvite': { email: 'eve@example.org', role: 3 },
  'InviteService.GetInvite': { token: 'x', inviteToken: 'x' },
  'InviteService.AcceptInvite': { token: 'x', inviteToken: 'x' },
  'ApiKeyService.CreateApiKey': { name: 'x', role: 2 },
  'IdentityService.CreateIdentity': { name: 'x', environment: 1, role: 2, scopes: [1] },
  'HostService.CreateHost': { name: 'new-host' },
  'HostService.UpdateHost': { name: 'new-name' },
  'HostService.CordonHost': { reason: 'x' },
  'HostService.DrainHost': { reason: 'x' },
  'HostService.UnlockHost': { reason: 'x' },
  'HostService.SettleUnknownSandbox': { decision: 1, reason: 'x' },
  'HostService.SettleDrift': { decision: 1, reason: 'x' },
  'HostService.RotateSigningKey': { reason: 'x' },
  'SandboxService.RenewSandbox': { timeout: secondOfTen },
  'SandboxService.UpdateSandboxMetadata': { set: { color: 'red' } },
  'SandboxService.UpdateSandboxNetwork': { network: 1 },
  'SandboxService.GetEndpoint': { port: 80 },
  'SandboxService.SignEndpoint': { port: 80 },
  'TemplateService.CreateTemplate': { name: 'mine', source: { case: 'debianPackages', value: {} } },
  'ProcessService.Run': { argv: ['true'] },
  'ProcessService.StartProcess': { argv: ['true'] },
  'ProcessService.AttachProcess': { processId: 'proc0123456789ab' },
  'ProcessService.SendInput': { processId: 'proc0123456789ab', data: bytes(1) },
  'ProcessService.CloseInput': { processId: 'proc0123456789ab' },
  'ProcessService.ResizeTerminal': { processId: 'proc0123456789ab', terminal: { cols: 80, rows: 24 } },
  'ProcessService.SendSignal': { processId: 'proc0123456789ab', signal: 'SIGTERM' },
  'FileService.Stat': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.ListDirectory': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.ReadFile': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.WriteFile': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.UploadFile': {
    part: { case: 'start', value: { sandboxId: 'sbx0123456789ab', at: { case: 'path', value: '/tmp/x' } } },
  },
  'FileService.MakeDirectory': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.Move': { from: { case: 'fromPath', value: '/a' }, to: { case: 'toPath', value: '/b' } },
  'FileService.Remove': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.SetPermissions': { at: { case: 'path', value: '/tmp/x' } },
  'FileService.WatchDirectory': { at: { case: 'path', value: '/tmp/x' } },
  'FleetService.RegisterRepository': { name: 'new', url: 'https://git.example/new.git' },
  'FleetService.AssertFleet': { repository: 'known' },
  'FleetService.PinComponent': { component: 'app', sha: 'a'.repeat(40), reason: 'x' },
  'FleetService.UnpinComponent': { component: 'app' },
  'FleetService.ExportFleet': { format: 1 },
  'FleetService.PublishHead': { repository: 'repo0123456789ab', sha: '0'.repeat(40) },
  'FleetService.AddProvenanceKey': { name: 'ci', publicKey: 'no key' },
  'FleetService.RemoveProvenanceKey': { keyId: 'none' },
  'FleetService.PublishProvenance': { repository: 'repo0123456789ab', envelope: '{}' },
  'RolloutService.CreateRollout': { repository: 'known', components: ['x'], selection: { all: true } },
  'SettingsService.SetSetting': { name: 'mail.from_name', value: 'x' },
  'SettingsService.SetSecret': { name: 'sambanova.api_key', value: 'x' },
  'SettingsService.ClearSecret': { name: 'kimi.api_key' },
  'SettingsService.TestSetting': { group: 'groq' },
  'AlertService.CreateAlertRule': { name: 'x', kind: 1 },
  'AlertService.CreateChannel': { name: 'x', target: { case: 'slack', value: { url: 'https://192.0.2.1/x' } } },
  'GatewayService.CreateGatewayToken': { name: 'x' },
  'GatewayService.SetGatewayCaps': { caps: { tokensPerDay: 1n, tokensPerMonth: 1n } },
  'CockpitService.MarkCockpitSeen': { until: { seconds: 0n, nanos: 0 } },
  'TesterService.AddTester': { name: 'Eve', email: 'eve@example.org' },
  'TesterService.ImportTesters': { csv: 'name,email\nEve,eve@example.org', dryRun: true },
  'TesterService.RemoveTester': { confirmName: 'x' },
  'TesterService.SetProviderKey': { provider: 'groq', value: 'x' },
  'TesterService.ClearProviderKey': { provider: 'kimi' },
  'TesterKeyService.SetProviderKey': { provider: 'groq', value: 'x' },
  'TesterKeyService.ClearProviderKey': { provider: 'kimi' },
  'TesterKeyService.RotateProviderKey': { provider: 'openrouter' },
  'MachineAccessService.AddSupportKey': {
    name: 'x',
    publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDfvo9pilTVJ9U3etTe1RB/KTMD6MrbbDo/0IftaZpAs',
  },
  'MachineAccessService.SetHostAccess': { userIds: [] },
  // Their own.
  'MachineAccessService.GetTesterSsh': { userId: '' },
  'AuditService.ExportAuditEvents': { format: 1 },
  'EnrolmentService.JoinHost': {
    joinToken: 'x',
    publicKey: bytes(32),
    refreshTokenHash: bytes(32),
    refreshTokenId: '0123456789ab',
    signature: bytes(64),
    specs: { arch: 'amd64', cpus: 1, memoryMib: 1024n, diskMib: 1024n },
  },
  'EnrolmentService.RefreshCredentials': {
    refreshToken: 'x',
    nextTokenHash: bytes(32),
    nextTokenId: '0123456789ab',
    signature: bytes(64),
    nonce: bytes(16),
  },
  'EnrolmentService.Heartbeat': { bootId: 'boot', instanceId: 'instance' },
  'EnrolmentService.LeaveHost': { signature: bytes(64) },
};

/**
 * Methods that refuse by themselves what the matrix sends (a wrong password, a false token, an offer that nobody made),
 * though the caller may call them.
 */
export const refuseByThemselves: Readonly<Record<string, readonly Code[]>> = {
  'AuthService.SignUp': [Code.PermissionDenied],
  'AuthService.LogIn': [Code.Unauthenticated],
  'AuthService.CompleteLogIn': [Code.Unauthenticated],
  // Tokens are not in a browser.
  'AuthService.CreateUserToken': [Code.PermissionDenied],
  'AuthService.ApproveDeviceLogin': [Code.PermissionDenied],
  'AuthService.StartPasskey': [Code.Unauthenticated, Code.PermissionDenied],
  'AuthService.RegisterPasskey': [Code.PermissionDenied],
  'AuthService.DeletePasskey': [Code.PermissionDenied],
  'AuthService.CreateRecoveryCodes': [Code.PermissionDenied],
  'AuthService.ConfirmCaller': [Code.PermissionDenied, Code.Unauthenticated],
  'AuthService.ChangePassword': [Code.Unauthenticated],
  'AuthService.ResetPassword': [Code.Unauthenticated],
  'TeamService.AcceptOwnership': [Code.NotFound],
  'InviteService.CreateInvite': [Code.PermissionDenied],
  // It is the same key each time.
  'MachineAccessService.AddSupportKey': [Code.AlreadyExists],
  'InviteService.GetInvite': [Code.Unauthenticated],
  'InviteService.AcceptInvite': [Code.Unauthenticated],
  // Its sandbox stands within the first message.
  'FileService.UploadFile': [Code.NotFound],
  // The world's host reports no component.
  'FleetService.PinComponent': [Code.NotFound],
  // Its repository has no head, and a rollout of nothing is over at once.
  'RolloutService.CreateRollout': [Code.FailedPrecondition],
  'RolloutService.PauseRollout': [Code.FailedPrecondition],
  'RolloutService.ResumeRollout': [Code.FailedPrecondition],
  'RolloutService.AbortRollout': [Code.FailedPrecondition],
  'HostService.SettleUnknownSandbox': [Code.NotFound],
  'HostService.SettleDrift': [Code.FailedPrecondition],
  'EnrolmentService.LeaveHost': [Code.Unauthenticated],
  // One credential of a user after the other says so of the same visit.
  'CockpitService.MarkCockpitSeen': [Code.Aborted],
  // One caller after the other saves over the version that the first one saw.
  'SettingsService.SetSetting': [Code.Aborted],
  'SettingsService.SetSecret': [Code.Aborted],
  'SettingsService.ClearSecret': [Code.Aborted],
  'TesterService.SetProviderKey': [Code.Aborted],
  'TesterKeyService.SetProviderKey': [Code.Aborted],
  'TesterKeyService.RotateProviderKey': [Code.FailedPrecondition],
  // Accounts are made only where people sign in by password.
  'TesterService.AddTester': [Code.FailedPrecondition],
  'TesterService.ImportTesters': [Code.FailedPrecondition],
  'EnrolmentService.JoinHost': [Code.Unauthenticated],
  'EnrolmentService.RefreshCredentials': [Code.Unauthenticated],
};
