"""How the OpenAPI document names our two ways to sign in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class AccessTokenScheme(OpenApiAuthenticationExtension):
    target_class = "happ_project.companies.authentication.AccessTokenAuthentication"
    name = "access-token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "X-Access-Token",
            "description": "A key for programs, bound to one company: Settings → Access tokens, or "
            "`POST /api/companies/{companyId}/access-tokens`. It begins with `happ_`.",
        }


class JwtScheme(OpenApiAuthenticationExtension):
    target_class = "happ_project.companies.authentication.JwtAuthentication"
    name = "jwt-auth"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `accessToken` of `POST /api/auth/sign-in`. A person with several companies names one "
            "in the header `X-Company-Id`.",
        }
