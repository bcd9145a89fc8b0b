import type { DescMethod, DescService } from '@bufbuild/protobuf';
import { ServerReflection } from '#proto/grpc/reflection/v1/reflection_pb.js';
import { ServerReflection as ServerReflectionAlpha } from '#proto/grpc/reflection/v1alpha/reflection_pb.js';
import { EnrolmentService } from '#proto/muster/agent/v1/enrolment_pb.js';
import { AlertService } from '#proto/muster/v1/alert_pb.js';
import { ApiKeyService } from '#proto/muster/v1/api_key_pb.js';
import { AuditService } from '#proto/muster/v1/audit_pb.js';
import { AuthService } from '#proto/muster/v1/auth_pb.js';
import { CockpitService } from '#proto/muster/v1/cockpit_pb.js';
import { FileService } from '#proto/muster/v1/file_pb.js';
import { FleetService } from '#proto/muster/v1/fleet_pb.js';
import { GatewayService } from '#proto/muster/v1/gateway_pb.js';
import { TesterKeyService } from '#proto/muster/v1/tester_key_pb.js';
import { HostService } from '#proto/muster/v1/host_pb.js';
import { IdentityService } from '#proto/muster/v1/identity_pb.js';
import { InviteService } from '#proto/muster/v1/invite_pb.js';
import { MachineAccessService } from '#proto/muster/v1/machine_access_pb.js';
import { ProcessService } from '#proto/muster/v1/process_pb.js';
import { RolloutService } from '#proto/muster/v1/rollout_pb.js';
import { SandboxService } from '#proto/muster/v1/sandbox_pb.js';
import { SettingsService } from '#proto/muster/v1/settings_pb.js';
import { SetupService } from '#proto/muster/v1/setup_pb.js';
import { SnapshotService } from '#proto/muster/v1/snapshot_pb.js';
import { TeamService } from '#proto/muster/v1/team_pb.js';
import { TemplateService } from '#proto/muster/v1/template_pb.js';
import { TesterService } from '#proto/muster/v1/tester_pb.js';
import { UserService } from '#proto/muster/v1/user_pb.js';
import type { Action } from './actions.ts';

type Row = readonly [service: DescService, actions: Readonly<Record<string, Action>>];

/** A service with the action of each of its methods: one missing, or one too many, does not compile. */
const service = <Desc extends DescService>(desc: Desc, actions: Record<keyof Desc['method'], Action>): Row => [
  desc,
  actions,
];

/** What each RPC does, in the words of the table of actions. The server asks it before a handler runs; the matrix test walks it. */
export const methods: readonly Row[] = [
  service(SetupService, { getSetup: 'setup.read', completeSetup: 'setup.complete' }),
  service(AuthService, {
    signUp: 'user.create',
    logIn: 'session.create',
    logOut: 'session.end',
    getCaller: 'caller.read',
    switchTeam: 'team.switch',
    createUserToken: 'user_token.create',
    startDeviceLogin: 'device.start',
    approveDeviceLogin: 'device.approve',
    listSessions: 'session.manage',
    revokeSession: 'session.manage',
    changePassword: 'password.change',
    requestPasswordReset: 'password.request_reset',
    createResetLink: 'password.reset_link.create',
    resetPassword: 'password.reset',
    completeLogIn: 'session.create',
    startPasskey: 'second_factor.prove',
    registerPasskey: 'second_factor.manage',
    listPasskeys: 'second_factor.read',
    deletePasskey: 'second_factor.manage',
    createRecoveryCodes: 'second_factor.manage',
    confirmCaller: 'caller.confirm',
    resetSecondFactor: 'second_factor.reset',
    getSecondFactorRule: 'second_factor.require',
    setSecondFactorRule: 'second_factor.require',
  }),
  service(UserService, {
    getUser: 'user.read',
    updateUser: 'user.update',
    searchUsers: 'user.search',
    listUsers: 'user.administer',
    setUserActive: 'user.administer',
    setPlatformAdmin: 'user.administer',
    eraseUser: 'user.erase',
  }),
  service(TeamService, {
    createTeam: 'team.create',
    getTeam: 'team.read',
    listTeams: 'team.list',
    updateTeam: 'team.update',
    deleteTeam: 'team.delete',
    setTeamOwnHosts: 'team.set_own_hosts',
    setTeamQuota: 'team.set_quota',
    getTeamUsage: 'team.read',
    listMembers: 'member.read',
    addMember: 'member.manage',
    setMemberRole: 'member.manage',
    removeMember: 'member.manage',
    leaveTeam: 'team.leave',
    offerOwnership: 'ownership.offer',
    acceptOwnership: 'ownership.accept',
  }),
  service(InviteService, {
    createInvite: 'invite.create',
    listInvites: 'invite.read',
    revokeInvite: 'invite.revoke',
    getInvite: 'invite.open',
    acceptInvite: 'invite.open',
  }),
  service(ApiKeyService, {
    createApiKey: 'api_key.create',
    listApiKeys: 'api_key.read',
    getApiKey: 'api_key.read',
    rotateApiKey: 'api_key.rotate',
    revokeApiKey: 'api_key.revoke',
    takeOverApiKey: 'api_key.take_over',
  }),
  service(IdentityService, {
    createIdentity: 'identity.manage',
    listIdentities: 'identity.read',
    getIdentity: 'identity.read',
    createCredential: 'identity.manage',
    rotateCredential: 'identity.manage',
    pauseIdentity: 'identity.stop',
    resumeIdentity: 'identity.manage',
    revokeIdentity: 'identity.stop',
    listApprovals: 'approval.read',
    approveRequest: 'approval.approve',
    rejectRequest: 'approval.reject',
  }),
  service(HostService, {
    createHost: 'host.create',
    listHosts: 'host.read',
    getHost: 'host.read',
    watchHosts: 'host.read',
    listHostEvents: 'host.read',
    getFleetCondition: 'host.read',
    updateHost: 'host.update',
    createJoinToken: 'host.join_token.create',
    cordonHost: 'host.cordon',
    uncordonHost: 'host.cordon',
    drainHost: 'host.drain',
    unlockHost: 'host.unlock',
    previewDeleteHost: 'host.delete',
    deleteHost: 'host.delete',
    listUnknownSandboxes: 'unknown_sandbox.read',
    settleUnknownSandbox: 'unknown_sandbox.settle',
    getDrift: 'drift.read',
    settleDrift: 'drift.settle',
    rotateSigningKey: 'signing_key.rotate',
  }),
  service(SandboxService, {
    createSandbox: 'sandbox.create',
    getSandbox: 'sandbox.read',
    listSandboxes: 'sandbox.read',
    watchSandboxes: 'sandbox.read',
    pauseSandbox: 'sandbox.change',
    resumeSandbox: 'sandbox.change',
    stopSandbox: 'sandbox.change',
    startSandbox: 'sandbox.change',
    renewSandbox: 'sandbox.change',
    destroySandbox: 'sandbox.change',
    updateSandboxMetadata: 'sandbox.change',
    updateSandboxNetwork: 'sandbox.change',
    listPorts: 'sandbox.read',
    getEndpoint: 'sandbox.endpoint',
    signEndpoint: 'sandbox.endpoint',
    getMetrics: 'sandbox.read',
    getLogs: 'sandbox.logs',
    listSandboxEvents: 'sandbox.read',
  }),
  service(FileService, {
    stat: 'directory.read',
    listDirectory: 'directory.read',
    readFile: 'file.read',
    writeFile: 'file.write',
    uploadFile: 'file.write',
    makeDirectory: 'file.write',
    move: 'file.write',
    remove: 'file.write',
    setPermissions: 'file.write',
    watchDirectory: 'directory.read',
  }),
  service(ProcessService, {
    run: 'sandbox.run',
    startProcess: 'sandbox.run',
    attachProcess: 'sandbox.run',
    sendInput: 'sandbox.run',
    closeInput: 'sandbox.run',
    resizeTerminal: 'sandbox.run',
    sendSignal: 'sandbox.run',
    listProcesses: 'sandbox.run',
  }),
  service(SnapshotService, {
    createSnapshot: 'snapshot.create',
    listSnapshots: 'snapshot.read',
    getSnapshot: 'snapshot.read',
    deleteSnapshot: 'snapshot.delete',
    forkSandbox: 'sandbox.fork',
  }),
  service(TemplateService, {
    createTemplate: 'template.create',
    uploadTarball: 'template.create',
    listTemplates: 'template.read',
    getTemplate: 'template.read',
    deleteTemplate: 'template.delete',
  }),
  service(TesterService, {
    addTester: 'tester.manage',
    importTesters: 'tester.manage',
    listTesters: 'tester.read',
    getTester: 'tester.read',
    watchTester: 'tester.read',
    retryTesterStep: 'tester.manage',
    removeTester: 'tester.manage',
    setProviderKey: 'provider_key.change',
    clearProviderKey: 'provider_key.change',
    getUsage: 'provider_key.read',
  }),
  service(FleetService, {
    getFleet: 'fleet.read',
    watchFleet: 'fleet.read',
    registerRepository: 'repository.manage',
    updateRepository: 'repository.manage',
    listRepositories: 'repository.read',
    deleteRepository: 'repository.manage',
    listHeads: 'repository.read',
    publishHead: 'head.publish',
    addProvenanceKey: 'repository.manage',
    removeProvenanceKey: 'repository.manage',
    publishProvenance: 'head.publish',
    assertFleet: 'fleet.read',
    listComponentReports: 'fleet.read',
    listHistory: 'fleet.read',
    listFleetStandings: 'fleet.read',
    pinComponent: 'component.pin',
    unpinComponent: 'component.pin',
    exportFleet: 'fleet.export',
  }),
  service(RolloutService, {
    createRollout: 'rollout.manage',
    getRollout: 'rollout.read',
    listRollouts: 'rollout.read',
    watchRollout: 'rollout.read',
    pauseRollout: 'rollout.manage',
    resumeRollout: 'rollout.manage',
    abortRollout: 'rollout.manage',
  }),
  service(SettingsService, {
    listSettings: 'setting.read',
    setSetting: 'setting.change',
    setSecret: 'setting.change',
    clearSecret: 'setting.change',
    testSetting: 'setting.change',
  }),
  service(GatewayService, {
    createGatewayToken: 'gateway_token.create',
    listGatewayTokens: 'gateway_token.read',
    rotateGatewayToken: 'gateway_token.rotate',
    revokeGatewayToken: 'gateway_token.revoke',
    getGatewayUsage: 'gateway_usage.read',
    setGatewayCaps: 'gateway_caps.set',
  }),
  service(TesterKeyService, {
    listProviderKeys: 'provider_key.read',
    setProviderKey: 'provider_key.change',
    clearProviderKey: 'provider_key.change',
    rotateProviderKey: 'provider_key.change',
    getUsage: 'provider_key.read',
  }),
  service(MachineAccessService, {
    getMachineAccess: 'machine_access.read',
    watchMachineAccess: 'machine_access.read',
    listSupportKeys: 'machine_access.read',
    addSupportKey: 'support_key.add',
    removeSupportKey: 'support_key.remove',
    getHostAccess: 'machine_access.read',
    setHostAccess: 'host_access.set',
    listTesterSsh: 'machine_access.read',
    getTesterSsh: 'tester_ssh.read',
    setTesterSsh: 'tester_ssh.set',
  }),
  service(AlertService, {
    listAlerts: 'alert.read',
    watchAlerts: 'alert.read',
    getAlert: 'alert.read',
    createAlertRule: 'alert.manage',
    listAlertRules: 'alert.read',
    updateAlertRule: 'alert.manage',
    deleteAlertRule: 'alert.manage',
    createChannel: 'alert_channel.manage',
    listChannels: 'alert.read',
    updateChannel: 'alert_channel.manage',
    testChannel: 'alert.manage',
    deleteChannel: 'alert_channel.manage',
    listDeliveries: 'alert.read',
    retryDelivery: 'alert.manage',
  }),
  service(CockpitService, {
    getCockpit: 'cockpit.read',
    watchCockpit: 'cockpit.read',
    markCockpitSeen: 'cockpit.mark_seen',
  }),
  service(AuditService, {
    listAuditEvents: 'audit.read',
    exportAuditEvents: 'audit.export',
    verifyAudit: 'audit.verify',
  }),
  service(EnrolmentService, {
    joinHost: 'host.join',
    refreshCredentials: 'host.refresh',
    heartbeat: 'host.heartbeat',
    leaveHost: 'host.leave',
  }),
  service(ServerReflection, { serverReflectionInfo: 'schema.read' }),
  service(ServerReflectionAlpha, { serverReflectionInfo: 'schema.read' }),
];

const actionsByService = new Map(methods.map(([desc, actions]) => [desc.typeName, actions]));

/** What a method does. Undefined for one that no row names: nobody may call it. */
export const actionOf = (method: DescMethod): Action | undefined =>
  actionsByService.get(method.parent.typeName)?.[method.localName];
