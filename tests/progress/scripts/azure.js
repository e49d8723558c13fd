// azure.js: what a task prints with Azure's own library; descriptor 3 says what it means.
const fs = require('node:fs');
const mean = (text) => fs.writeSync(3, text + '\n');
// The library tells on its own what it looks up.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...rest) => {
	for (const [, inner] of String(text).matchAll(/^##vso\[task\.debug\](.*)$/gm))
		mean('debug ' + inner);
	return write(text, ...rest);
};
const tl = require('azure-pipelines-task-lib/task');

tl.setProgress(0, 'Download');
mean('progress 0 Download');
tl.setProgress(45, 'Download');
mean('progress 45 Download');
console.log('fetched');
mean('info fetched');
tl.setProgress(75, 'Upload; [all]');
mean('progress 75 Upload; [all]');
tl.logIssue(tl.IssueType.Warning, 'old format', 'a.cs', 3, 1, '100');
mean('warn old format');
tl.logIssue(tl.IssueType.Error, 'two\nlines');
mean('error two');
mean('error lines');
tl.setSecret('hunter2');
console.log('with hunter2');
mean('info with ***');
tl.setVariable('token', 'abc123', true);
console.log('and abc123');
mean('info and ***');
tl.setProgress(100, 'Upload; [all]');
mean('progress 100 Upload; [all]');
