"""What the things that settings name are called, for the lines that say what a step or a trigger does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from siyu.kit.text import LocalizedText, same

NOTHING_CHOSEN = same("…")


@dataclass(frozen=True)
class Names:
    """What the things that settings name are called in one brand: templates by name and by id as text, audiences, and
    tags by their keys."""

    templates: Mapping[str, str] = field(default_factory=dict)
    audiences: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    def template(self, name: str) -> LocalizedText:
        """The name of a template that settings name by its name or its id."""
        if not name:
            return LocalizedText("未选模板", "no template yet")
        return same(self.templates.get(name, name))

    def tag(self, key: str) -> str:
        """The name of a tag."""
        return self.tags.get(key, key)

    def audience(self, name: str) -> LocalizedText:
        """The label of a saved audience."""
        return same(self.audiences.get(name, name)) if name else NOTHING_CHOSEN
