"""Names our own admin site; apart from it, because this is imported before the apps are loaded."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    """`INSTALLED_APPS` names this instead of Django's."""

    default_site = "happ_project.core.admin_site.StaffSite"
