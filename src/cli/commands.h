/* commands.h: the commands that there are; main.c puts them into its table.
 *
 * SPDX-License-Identifier: MIT
 */
#ifndef TR_CLI_COMMANDS_H
#define TR_CLI_COMMANDS_H

#include "cli/cli.h"

extern const struct tr_command tr_cmd_init;
extern const struct tr_command tr_cmd_run;
extern const struct tr_command tr_cmd_replay;
extern const struct tr_command tr_cmd_start;
extern const struct tr_command tr_cmd_progress;
extern const struct tr_command tr_cmd_log;
extern const struct tr_command tr_cmd_finish;
extern const struct tr_command tr_cmd_list;
extern const struct tr_command tr_cmd_show;
extern const struct tr_command tr_cmd_tail;
extern const struct tr_command tr_cmd_prune;
extern const struct tr_command tr_cmd_ticket;
extern const struct tr_command tr_cmd_doctor;
extern const struct tr_command tr_cmd_check_config;

#endif
