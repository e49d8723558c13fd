// github.js: what an action prints with GitHub's own toolkit; descriptor 3 says what it means.
const core = require('@actions/core');
const fs = require('node:fs');
const mean = (text) => fs.writeSync(3, text + '\n');

core.startGroup('Install 100% of it');
mean('group Install 100% of it');
core.info('added 45 packages');
mean('info added 45 packages');
core.endGroup();
mean('group-end Install 100% of it');

core.error('cannot find "x",\nsays the compiler: 100%', {
	title: 'Lint, strictly: yes', file: 'src/app.js', startLine: 10, startColumn: 5,
});
mean('error src/app.js:10:5: Lint, strictly: yes: cannot find "x",');
mean('error says the compiler: 100%');
core.warning('deprecated');
mean('warn deprecated');
core.notice('by the way');
mean('info by the way');
core.debug('inner value');
mean('debug inner value');

core.setSecret('hunter2');
core.setSecret('first line\nsecond line');
core.info('the password is hunter2, hunter2!');
mean('info the password is ***, ***!');
core.info('a key: second line');
mean('info a key: ***');
core.startGroup('Deploy with hunter2');
mean('group Deploy with ***');
core.info('done');
mean('info done');
core.endGroup();
mean('group-end Deploy with ***');
