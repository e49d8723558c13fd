// teamcity.js: service messages as a package for them writes them; descriptor 3 says what they
// mean.
const fs = require('node:fs');
const tsm = require('teamcity-service-messages');
const mean = (text) => fs.writeSync(3, text + '\n');

tsm.blockOpened({name: 'Compile | [all]'});
mean('group Compile | [all]');
tsm.progressMessage("Building 'app'");
mean("progress ? Building 'app'");
mean("info Building 'app'");
console.log('cc -c app.c');
mean('info cc -c app.c');
tsm.message({text: 'old\nformat', status: 'WARNING'});
mean('warn old');
mean('warn format');
tsm.message({text: 'gr\u00fc\u00dfe', status: 'ERROR', errorDetails: 'at line 1'});
mean('error gr\u00fc\u00dfe');
mean('error at line 1');
tsm.blockClosed({name: 'Compile | [all]'});
mean('group-end Compile | [all]');
tsm.buildProblem({description: 'tests failed'});
mean('error tests failed');
