"""An HTTP door for chDB, which is ClickHouse inside a process and has none: POST /insert (RowBinary), POST /query (SQL)."""

import json
import os
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chdb import session

COLUMNS = """host LowCardinality(String), taken_at DateTime64(3, 'UTC'), client LowCardinality(String),
    user LowCardinality(String), opens UInt32, started_at DateTime64(3, 'UTC'), active_at DateTime64(3, 'UTC')"""

# In the order of both questions: what a host had at an instant lies together, and clients compress within it.
TABLE = """create table sessions (
    host LowCardinality(String) codec(ZSTD),
    taken_at DateTime64(3, 'UTC') codec(DoubleDelta, ZSTD),
    client LowCardinality(String) codec(ZSTD),
    user LowCardinality(String) codec(ZSTD),
    opens UInt32 codec(T64, ZSTD),
    started_at DateTime64(3, 'UTC') codec(Delta, ZSTD),
    active_at DateTime64(3, 'UTC') codec(Delta, ZSTD)
) engine = MergeTree order by (host, taken_at, client, user)"""

database = session.Session(sys.argv[1])
database.query("create database if not exists bench")
database.query("use bench")
database.query("set output_format_json_quote_64bit_integers = 0")
database.query(TABLE)
# One session serves one query at a time.
turn = threading.Lock()
inbox = tempfile.mkdtemp(dir=".")


def insert(body):
    path = os.path.join(os.path.abspath(inbox), "rows.bin")
    with open(path, "wb") as file:
        file.write(body)
    structure = COLUMNS.replace("'", "\\'")
    database.query(f"insert into bench.sessions select * from file('{path}', 'RowBinary', '{structure}')")
    return b"[]"


def query(body):
    answer = str(database.query(body.decode(), "JSONCompactEachRow"))
    return ("[" + ",".join(line for line in answer.splitlines() if line) + "]").encode()


class Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Answers are small and awaited: one write for head and body, at once.
    disable_nagle_algorithm = True
    wbufsize = 1 << 16

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            with turn:
                answer, status = (insert if self.path == "/insert" else query)(body), 200
        except Exception as error:  # whatever it is, the caller prints it
            answer, status = json.dumps(str(error)).encode(), 500
        self.send_response(status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
server.daemon_threads = True
print(f"listening on http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
