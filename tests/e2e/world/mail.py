"""An SMTP server for tests: STARTTLS and AUTH are demanded; each message becomes a line of JSON."""

import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

PORT, MAILS, USER, PASSWORD, CERT, KEY = sys.argv[1:7]


def authenticate(server, session, envelope, mechanism, data):
    known = data.login == USER.encode() and data.password == PASSWORD.encode()
    return AuthResult(success=known, handled=False)


class Keep:
    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        part = lambda kind: (body := message.get_body((kind,))) and body.get_content() or ""
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "subject": message["subject"],
            "text": part("plain"),
            "html": part("html"),
        }
        with open(MAILS, "a") as file:
            file.write(json.dumps(kept) + "\n")
        return "250 kept"


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERT, KEY)
    make = lambda: SMTP(
        Keep(),
        hostname="localhost",
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", int(PORT))
    async with server:
        await server.serve_forever()


asyncio.run(main())
