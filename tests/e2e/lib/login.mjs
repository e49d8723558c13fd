// login.mjs: a lighttpd that asks for a name, and clients that have one.
//
// SPDX-License-Identifier: MIT
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Signed in with that name, as lighttpd and nginx ask for it. */
export const as = (user, url) => url.replace('//', `//${user}:pw@`);

/** Makes the file of users in the directory. */
export const writeUsers = (dir, users) => writeFileSync(join(dir, 'users'), users.map((user) => `${user}:pw\n`).join(''));

/** An edit of lighttpd's configuration: whoever sends a name is signed in as one of them, or refused. */
export const withLogin = (dir) => (text) => `server.modules += ( "mod_auth", "mod_authn_file" )
  ${text}
  auth.backend = "plain"
  auth.backend.plain.userfile = "${dir}/users"
  $HTTP["url"] =~ "^/tailrow/api(/|$)" {
    $REQUEST_HEADER["Authorization"] != "" {
      auth.require = ( "" => ( "method" => "basic", "realm" => "jobs", "require" => "valid-user" ) )
    }
  }\n`;
