"""What provides each type of resource: one class a type, which calls the services' APIs."""
