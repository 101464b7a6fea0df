#!/usr/bin/env python3
"""A legacy back end that answers the questions of Segue: an old price list, a stock of ports.

A question comes as POST with an Idempotency-Key. What was answered under a key is written down
before it is sent, so that the same question, asked again after a crash of either side, gets the
same answer and takes no second port.
"""

import argparse
import contextlib
import csv
import hmac
import http.server
import json
import os
import pathlib
import time

HERE = pathlib.Path(__file__).resolve().parent
BODY_MAX = 4 * 1024 * 1024


class Backend:
    """The price list, the stock, and all that was answered."""

    def __init__(self, data, state):
        self.state_path = pathlib.Path(state)
        with open(data / "prices.csv", newline="", encoding="utf-8") as lines:
            self.prices = list(csv.DictReader(lines))
        with open(data / "ports.csv", newline="", encoding="utf-8") as lines:
            self.ports = {row["place"]: int(row["ports"]) for row in csv.DictReader(lines)}
        self.state = {"answers": {}, "taken": {}, "reached": {}}
        if self.state_path.exists():
            self.state = json.loads(self.state_path.read_text(encoding="utf-8"))

    def answer(self, key, question):
        """The answer under this key: the one given before, or a new one."""
        if key not in self.state["answers"]:
            answer = self.decide(question)
            self.state["answers"][key] = answer
            self.write()
            print(f"{question['step']} {key}: {json.dumps(answer)}", flush=True)
        return self.state["answers"][key]

    def write(self):
        """The whole state, or the one before: never half of it."""
        new = self.state_path.with_suffix(".new")
        with open(new, "w", encoding="utf-8") as file:
            json.dump(self.state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self.state_path)

    def decide(self, question):
        facts, step = question["facts"], question["step"]
        if step == "provisioning":
            return self.build(question["id"], facts)
        items = facts["items"] if "items" in facts else [facts]
        new = [item for item in items if item.get("action") == "add"]
        needed = {}
        for item in new:
            place = (item.get("place") or "").split(":")[0]
            ports = sum(int(row["ports"] or 0) for row in self.prices if row["offering"] == item.get("offering"))
            if ports:
                needed[place] = needed.get(place, 0) + ports
        for place, ports in needed.items():
            if self.free(place) < ports:
                return {"reject": f"There is no free port at {place}."}
        if step == "order":
            for place, ports in needed.items():
                self.state["taken"][place] = self.state["taken"].get(place, 0) + ports
        if step == "quote" and len(new) == len(items):
            return self.price(items)
        # Whether it can be delivered, whether an order is taken, what a change costs: as the book has it.
        return {"accept": True}

    def free(self, place):
        return self.ports.get(place, 0) - self.state["taken"].get(place, 0)

    def price(self, items):
        prices = []
        for item in items:
            lines = [row for row in self.prices if row["offering"] == item.get("offering")]
            if not lines:
                return {"reject": f"{item.get('offering')} has no price here."}
            for row in lines:
                price = {"item": item["item"], "name": row["name"], "amount": row["amount"]}
                if row["months"]:
                    price["every"] = {"amount": int(row["months"]), "units": "months"}
                prices.append(price)
        return {"prices": prices}

    def build(self, errand, facts):
        """One milestone for each question, and then the end."""
        reached = self.state["reached"].setdefault(errand, [])
        for name in facts.get("milestones") or []:
            if name not in reached:
                reached.append(name)
                return {"milestone": name}
        return {"complete": True}


class Handler(http.server.BaseHTTPRequestHandler):
    backend = secret = None
    slow = 0.0

    def do_POST(self):
        given = self.headers.get("Authorization", "").encode("utf-8", "replace")
        if self.secret and not hmac.compare_digest(given, f"Bearer {self.secret}".encode()):
            return self.say(401, {"error": "wrong secret"})
        length = int(self.headers.get("Content-Length") or 0)
        key = self.headers.get("Idempotency-Key")
        if not key or not 0 < length <= BODY_MAX:
            return self.say(400, {"error": "a key and a body are needed"})
        question = json.loads(self.rfile.read(length))
        time.sleep(self.slow)
        return self.say(200, self.backend.answer(key, question))

    def say(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        with contextlib.suppress(ConnectionError):  # Who is gone asks again.
            self.end_headers()
            self.wfile.write(text)

    def log_message(self, *_):
        """Answers are printed where they are made."""


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--port", type=int, default=9090, help="0 takes a free one")
    options.add_argument("--data", type=pathlib.Path, default=HERE, help="folder of prices.csv and ports.csv")
    options.add_argument("--state", default="legacy-state.json", help="file of what was answered")
    options.add_argument("--secret-file", help="file with the bearer token that callers show")
    options.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="wait before each answer")
    chosen = options.parse_args()
    Handler.backend, Handler.slow = Backend(chosen.data, chosen.state), chosen.slow
    if chosen.secret_file:
        Handler.secret = pathlib.Path(chosen.secret_file).read_text(encoding="utf-8").strip()
    server = http.server.HTTPServer(("127.0.0.1", chosen.port), Handler)
    print(f"listening on 127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
