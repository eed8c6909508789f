// PostgreSQL with pgvector, which Debian 12 does not have: the same sources compiled to WebAssembly, in this process. All
// connections share one session of it, so tests use one. Usage: server.mjs FOLDER, where "port" says where it listens.
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const folder = process.argv[2];
const db = await PGlite.create({ extensions: { vector } });
const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: 0, maxConnections: 4 });
server.addEventListener('listening', async ({ detail }) => {
  await writeFile(join(folder, 'port.part'), String(detail.port));
  await rename(join(folder, 'port.part'), join(folder, 'port'));
});
await server.start();
