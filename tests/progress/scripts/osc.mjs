// osc.mjs: what a program prints with a package for OSC 9;4; descriptor 3 says what it means.
import fs from 'node:fs';
import {setTimeout} from 'node:timers/promises';
import {createOscProgressController} from 'osc-progress';

const mean = (text) => fs.writeSync(3, text + '\n');
const osc = createOscProgressController({
	isTty: true, force: true, env: {TERM_PROGRAM: 'ghostty'}, clearDelayMs: 50,
	write: (piece) => process.stderr.write(piece),
});

osc.setIndeterminate('Connecting');
process.stderr.write('connected\n');
mean('error connected');
for (const percent of [5, 40, 100]) {
	osc.setPercent('Downloading', percent);
	mean(`progress ${percent}`);
	await setTimeout(200);
}
osc.done();
await setTimeout(200);
mean('progress ?');
process.stderr.write('done\n');
mean('error done');
