"""Configuration, login by code, password or QR, log-out."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from telethon.tl import types
from telethon.tl.functions import account as account_api
from telethon.tl.functions import auth, help
from telethon.tl.tlobject import TLObject

from tests.doubles.telegram.credentials import LoginCode
from tests.doubles.telegram.faults import RpcFault
from tests.doubles.telegram.tl import Result, build
from tests.doubles.telegram.two_step import no_password
from tests.doubles.telegram.world import Account

from .base import Handlers, answers

if TYPE_CHECKING:
    from tests.doubles.telegram.connection import Connection


class AuthHandlers(Handlers):
    @answers(help.GetConfigRequest)
    def get_config(self, connection: Connection, request: Any) -> Result:
        return build(types.Config, this_dc=connection.dc_id, dc_options=self.dc.dc_options())

    @answers(auth.SendCodeRequest)
    def send_code(self, connection: Connection, request: Any) -> Result:
        phone = request.phone_number.lstrip("+")
        if not phone.isdecimal() or len(phone) < 7:
            raise RpcFault(400, "PHONE_NUMBER_INVALID")
        account = self.dc.find_account_by_phone(phone)
        if account and account.banned:
            raise RpcFault(400, "PHONE_NUMBER_BANNED")
        if account and account.home_dc != connection.dc_id:
            raise RpcFault(303, f"PHONE_MIGRATE_{account.home_dc}")
        login_code = self.dc.new_login_code(phone)
        if account and self.dc.is_logged_in(account):
            text = f"Login code: {login_code.code}. Do not give this code to anyone."
            self.post.send(self.dc.service_account, account, text)
        return self._sent(login_code)

    @answers(auth.ResendCodeRequest)
    def resend_code(self, connection: Connection, request: Any) -> Result:
        login_code = self.dc.login_codes.get(request.phone_number.lstrip("+"))
        if login_code is None or login_code.hash != request.phone_code_hash:
            raise RpcFault(400, "PHONE_CODE_EXPIRED")
        if len(login_code.ways) < 2:
            raise RpcFault(406, "SEND_CODE_UNAVAILABLE")
        del login_code.ways[0]
        login_code.renew()
        return self._sent(login_code)

    def _sent(self, login_code: LoginCode) -> types.auth.SentCode:
        length, ways = len(login_code.code), login_code.ways
        kinds = {
            "app": types.auth.SentCodeTypeApp(length=length),
            "sms": types.auth.SentCodeTypeSms(length=length),
            "call": types.auth.SentCodeTypeCall(length=length),
            "email": types.auth.SentCodeTypeEmailCode(email_pattern="b***@example.com", length=length),
            "email needed": types.auth.SentCodeTypeSetUpEmailRequired(),
        }
        following = {"sms": types.auth.CodeTypeSms(), "call": types.auth.CodeTypeCall()}
        return types.auth.SentCode(
            type=kinds[ways[0]],
            phone_code_hash=login_code.hash,
            next_type=following.get(ways[1]) if len(ways) > 1 else None,
            timeout=60,
        )

    @answers(auth.SignInRequest)
    def sign_in(self, connection: Connection, request: Any) -> Result:
        phone = request.phone_number.lstrip("+")
        login_code = self.dc.login_codes.get(phone)
        if login_code is None or login_code.hash != request.phone_code_hash:
            raise RpcFault(400, "PHONE_CODE_EXPIRED")
        given = request.phone_code
        if login_code.ways[0] == "email":
            given = getattr(request.email_verification, "code", None)  # such a code has a field of its own
        if not given:
            raise RpcFault(400, "PHONE_CODE_EMPTY")
        if login_code.code != given:
            raise RpcFault(400, "PHONE_CODE_INVALID")
        account = self.dc.find_account_by_phone(phone)
        if account is None:
            return types.auth.AuthorizationSignUpRequired()
        del self.dc.login_codes[phone]
        return self._log_in(connection, account)

    @answers(account_api.GetPasswordRequest)
    def get_password(self, connection: Connection, request: Any) -> Result:
        account = self.dc.account_for(connection, password_pending=True)
        return account.password.challenge() if account.password else no_password()

    @answers(auth.CheckPasswordRequest)
    def check_password(self, connection: Connection, request: Any) -> Result:
        account = self.dc.account_for(connection, password_pending=True)
        if account.password is None:
            raise RpcFault(400, "PASSWORD_EMPTY")
        account.password.check(request.password)
        self.dc.authorise(connection, account)
        return self._authorization(account)

    @answers(auth.ExportLoginTokenRequest)
    def export_login_token(self, connection: Connection, request: Any) -> Result:
        """Issue the token of a QR code or, once it is accepted, finish the login."""
        token = self.dc.login_token_of(connection)
        if token is None or token.account is None:
            token = self.dc.new_login_token(connection)
            return types.auth.LoginToken(expires=token.expires, token=token.value)
        if token.account.home_dc != connection.dc_id:
            return types.auth.LoginTokenMigrateTo(token.account.home_dc, token.value)
        return self._finish_qr_login(connection, token.value)

    @answers(auth.ImportLoginTokenRequest)
    def import_login_token(self, connection: Connection, request: Any) -> Result:
        """The second half of a QR login that moved to another data-centre."""
        return self._finish_qr_login(connection, request.token)

    @answers(auth.AcceptLoginTokenRequest)
    def accept_login_token(self, connection: Connection, request: Any) -> Result:
        """Sent by the logged-in device that scanned the QR code."""
        self.dc.accept_login_token(request.token, connection.account)
        return build(types.Authorization, hash=secrets.randbits(62))

    @answers(auth.LogOutRequest)
    def log_out(self, connection: Connection, request: Any) -> Result:
        self.dc.forget_authorisation(connection)
        return types.auth.LoggedOut()

    @answers(account_api.UpdateStatusRequest)
    def update_status(self, connection: Connection, request: Any) -> Result:
        return bool(connection.account)

    def _log_in(self, connection: Connection, account: Account) -> TLObject:
        if account.password is not None:
            self.dc.authorise(connection, account, password_pending=True)
            raise RpcFault(401, "SESSION_PASSWORD_NEEDED")
        self.dc.authorise(connection, account)
        return self._authorization(account)

    def _authorization(self, account: Account) -> types.auth.Authorization:
        return types.auth.Authorization(user=self.show.user(account, account))

    def _finish_qr_login(self, connection: Connection, value: bytes) -> TLObject:
        token = self.dc.login_tokens.get(value)
        if token is None or token.account is None:
            raise RpcFault(400, "AUTH_TOKEN_INVALID")
        del self.dc.login_tokens[value]
        self._log_in(connection, token.account)
        return types.auth.LoginTokenSuccess(self._authorization(token.account))
