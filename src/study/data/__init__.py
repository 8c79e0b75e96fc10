"""From a published dataset to what trials read: fetched, checked, cleaned, prepared."""
