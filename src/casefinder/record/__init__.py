"""The linked record: identity, objections, spells and continuous stays, care homes, registrations."""
