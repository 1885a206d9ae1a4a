"""The nouns of the cloud and their verbs, each an interface with the waiting that both generations share."""
