export { composeMail, type MailText } from './compose.ts';
export { mailLoop, type AfterSending } from './send.ts';
export { openMailer } from './mailer.ts';
export { queueMail, type QueuedMail } from './queue.ts';
export { resealMail } from './reseal.ts';
export { mailSettings } from './settings.ts';
export { mailSweepLoop } from './sweep.ts';
export { findMail, withdrawMail } from './store.ts';
export { mailHands } from './test-mail.ts';
