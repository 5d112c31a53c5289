"""socketserver_echo.py threads|forks PORT: the echo server that people write with Python's own
library. A peer of the measurement, and no part of the kit."""

import socket
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while received := self.request.recv(65536):
            self.request.sendall(received)


class Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 4096

    def handle_error(self, request, client_address):
        pass


class Forks(socketserver.ForkingTCPServer):
    max_children = 100000  # not 40, after which the others would wait
    allow_reuse_address = True
    request_queue_size = 4096

    def handle_error(self, request, client_address):
        pass


{"threads": Threads, "forks": Forks}[sys.argv[1]](("", int(sys.argv[2])), Echo).serve_forever()
