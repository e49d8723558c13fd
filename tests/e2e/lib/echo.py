#!/usr/bin/python3
"""echo.py: stands in for the responder and answers with the CGI variables that it was given,
as JSON: FastCGI at --listen unix:PATH or at descriptor 0, or plain CGI.

- One request after the other; a request's records must arrive whole and in order.

SPDX-License-Identifier: MIT
"""
import json
import os
import socket
import struct
import sys

END_REQUEST, PARAMS, STDIN, STDOUT = 3, 4, 5, 6


def answer(variables):
    return b"Content-Type: application/json\r\n\r\n" + json.dumps(variables).encode()


def read_length(data):
    if data[0] < 128:
        return data[0], data[1:]
    return struct.unpack(">I", data[:4])[0] & 0x7FFFFFFF, data[4:]


def read_variables(data):
    variables = {}
    while data:
        name_len, data = read_length(data)
        value_len, data = read_length(data)
        text = data[: name_len + value_len].decode(errors="replace")
        variables.setdefault(text[:name_len], text[name_len:])  # the first counts, as for us
        data = data[name_len + value_len :]
    return variables


def record(kind, request, content):
    return struct.pack(">BBHHBx", 1, kind, request, len(content), 0) + content


def serve(connection):
    stream = connection.makefile("rb")
    parameters = b""
    while True:
        _, kind, request, length, padding = struct.unpack(">BBHHBx", stream.read(8))
        content = stream.read(length + padding)[:length]
        if kind == PARAMS:
            parameters += content
        if kind == STDIN and not content:
            break
    output = record(STDOUT, request, answer(read_variables(parameters)))
    connection.sendall(output + record(STDOUT, request, b"") + record(END_REQUEST, request, bytes(8)))


def main():
    if "GATEWAY_INTERFACE" in os.environ:
        sys.stdout.buffer.write(answer(dict(os.environ)))
        return
    if sys.argv[1:2] == ["--listen"]:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(sys.argv[2].removeprefix("unix:"))
        listener.listen()
    else:
        listener = socket.socket(fileno=0)
    while True:
        connection, _ = listener.accept()
        with connection:
            serve(connection)


main()
