export { bundleConfig, type BundleSpec, defaultPath, initInside } from './bundle.ts';
export { type Cgroups, findCgroups, SandboxCgroup } from './cgroups.ts';
export { CannotCompile, compileProgram, type Program } from './compile.ts';
export { logName, type Runtime, RuntimeDriver, volumeName } from './driver.ts';
export { findRuntimes } from './find.ts';
export { freeIds, type IdRange, idsPerSandbox } from './ids.ts';
export { defaultStageDir, maxOpenFiles, prepareStageDir, stageProgram } from './stage.ts';
export { mendVolume, volumeLoops } from './volume-loops.ts';
export { BlankVolumes } from './volumes.ts';
