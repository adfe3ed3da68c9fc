"""Takes hooks on loopback and has the official library of Standard Webhooks judge each.

hooks.py PORT SECRET FILE: writes the type of each good message to FILE, a line each; answers 400 to
what the library refuses, and writes `refused` for it.
"""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

port, secret, path = int(sys.argv[1]), sys.argv[2], sys.argv[3]


class Desk(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        try:
            told = Webhook(secret).verify(body, dict(self.headers.items()))["type"]
            status = 204
        except WebhookVerificationError:
            told, status = "refused", 400
        with open(path, "a") as file:
            print(told, file=file)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


HTTPServer(("127.0.0.1", port), Desk).serve_forever()
