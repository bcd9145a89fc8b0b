/** What stands in for the console where it was not built. */
export const notBuiltPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Muster</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}code{font-family:ui-monospace,monospace}</style></head>
<body><h1>The console is not built</h1>
<p>The control plane runs, and its API answers at this address. To build the console, run <code>npx vite build web</code> in the
repository and reload this page, or set <code>MUSTER_WEB_DIR</code> to the folder that holds it.</p></body>
</html>
`;
