"""Every key of the program in one table: actions are made from it, and Help shows it.

Single letters never fire while text is typed: Qt gives them to a text field first, and keys that
are held (compare, pan) ask for the focus themselves.
"""

from dataclasses import dataclass

NUMBER_KEYS = 9


@dataclass(frozen=True)
class Shortcut:
    """One row of the table.

    Attributes:
        name: what code calls it.
        text: the menu or button text.
        keys: key sequences in Qt's portable notation; the first is the one that is shown.
        group: the heading under which Help lists it.
        hint: the sentence of tool tips and of Help; empty where the text says it all.
        icon: the name of its icon, if any.
        held: the key works while it is held, or the gesture is made with the mouse: no action.
        toggle: the action is on or off.
        of_window: the action is the window's, whatever tab shows.
        of_tab: the name of the tab whose action it is; empty for the painter.
    """

    name: str
    text: str
    keys: tuple[str, ...]
    group: str
    hint: str = ""
    icon: str = ""
    held: bool = False
    toggle: bool = False
    of_window: bool = False
    of_tab: str = ""

    @property
    def tip(self) -> str:
        """The tool tip: what it does, and its key."""
        said = self.hint or self.text.rstrip(".").replace("&", "")
        return f"{said}  ({self.keys[0]})" if self.keys else said


_TABLE = (
    Shortcut("draw", "Draw", ("D",), "Paint", "Paint the concept into the picture", "draw"),
    Shortcut("erase", "Erase", ("E",), "Paint", "Take the concept out of the picture", "erase"),
    Shortcut(
        "restore", "Restore", ("R",), "Paint", "Take earlier edits away where you paint", "restore"
    ),
    Shortcut("other", "The other mode", ("Ctrl", "right button"), "Paint", held=True,
             hint="Erase while drawing, draw while erasing"),
    Shortcut("smaller", "Smaller brush", ("[",), "Paint"),
    Shortcut("larger", "Larger brush", ("]",), "Paint"),
    Shortcut("brush", "Brush", ("B",), "Paint",
             "Which units the brush takes, and how far it takes them", "brush"),
    Shortcut("resize", "Brush size by mouse", ("Ctrl+Shift+drag",), "Paint", held=True,
             hint="Drag to the right for a larger brush, to the left for a smaller one"),
    Shortcut("straight", "Straight line", ("Shift",), "Paint", held=True,
             hint="Hold while you paint for a straight line"),
    Shortcut("abort", "Abort the stroke", ("Esc",), "Paint", held=True,
             hint="Leave the stroke being painted, or the tool in use, or put a message away"),
    Shortcut("concept", "Concepts", ("1 … 9",), "Paint", held=True,
             hint="Choose one of the first nine concepts"),
    Shortcut("search", "Search concepts", ("Ctrl+K", "Ctrl+F"), "Paint", "Search the concepts",
             "search"),
    Shortcut("undo", "Undo", ("Ctrl+Z",), "Edit", icon="undo"),
    Shortcut("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "Edit", icon="redo"),
    Shortcut("clear", "Remove all strokes", ("Ctrl+Backspace",), "Edit",
             "Remove all strokes of this scene; undo brings them back"),
    Shortcut("copy", "Copy picture", ("Ctrl+C",), "Edit", "Copy the picture"),
    Shortcut("copy_pair", "Copy before and after", ("Ctrl+Shift+C",), "Edit",
             "Copy the picture without and with your strokes, side by side"),
    Shortcut("toggle_stroke", "Switch the stroke off and on", ("Space",), "History", held=True,
             hint="Switch the chosen stroke of the history off, or on again"),
    Shortcut("move_stroke", "Move the stroke", ("Alt+Up", "Alt+Down"), "History", held=True,
             hint="Move the chosen stroke over or under another one; or drag it"),
    Shortcut("delete_stroke", "Delete the stroke", ("Delete",), "History", held=True,
             hint="Delete the chosen stroke; undo brings it back"),
    Shortcut("compare", "Compare", ("C",), "View", held=True,
             hint="Hold to see the picture without your strokes"),
    Shortcut("edited", "Edited picture", ("A",), "View", "See the picture with your strokes",
             "edited", toggle=True),
    Shortcut("split", "Before and after", ("S",), "View",
             "Before on the left of a line that you can drag, after on the right", "split",
             toggle=True),
    Shortcut("difference", "Difference", ("X",), "View",
             "See how far each pixel is from the picture without your strokes", "difference",
             toggle=True),
    Shortcut("split_left", "Before and after: line to the left", ("Shift+Left",), "View"),
    Shortcut("split_right", "Before and after: line to the right", ("Shift+Right",), "View"),
    Shortcut("cells", "Feature-map cells", ("G",), "View",
             "Show the cells that the brush touches and that the last stroke changed", "cells",
             toggle=True),
    Shortcut("pick", "Eyedropper", ("P",), "Look", "Click a thing in the picture to paint with it; "
             "with Shift the eyedropper stays", "pick", toggle=True),
    Shortcut("tint", "Tint by concepts", ("T",), "Look",
             "Tint the picture by what the segmenter sees in it", "tint", toggle=True),
    Shortcut("where", "Where can this go?", ("W",), "Look",
             "Try the chosen brush in every cell, and show where the network would draw it",
             "where", toggle=True),
    Shortcut("inspect", "Inspect", ("I",), "Look",
             "See which units fire where you point; click to stay, drag for a region", "inspect",
             toggle=True),
    Shortcut("stamp", "Stamp the patch", ("V",), "Paint",
             "Put the activations of the region that you took down elsewhere", "stamp",
             toggle=True),
    Shortcut("rename_brush", "Rename a brush of your own", ("F2",), "Paint", held=True,
             hint="Rename a brush of your own; the keys are on its card"),
    Shortcut("delete_brush", "Delete a brush of your own", ("Delete",), "Paint", held=True,
             hint="Delete a brush of your own, from its card; it can be brought back"),
    Shortcut("fit", "Fit", ("F",), "View", "Fit the picture into the window", "fit"),
    Shortcut("actual", "One to one", ("Ctrl+1",), "View",
             "One screen pixel for each picture pixel"),
    Shortcut("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), "View"),
    Shortcut("zoom_out", "Zoom out", ("Ctrl+-",), "View"),
    Shortcut("wheel", "Zoom at the cursor", ("wheel",), "View", held=True),
    Shortcut("pan", "Move the picture", ("Space+drag", "middle button"), "View", held=True),
    Shortcut("previous", "Previous scene", ("Left",), "Scenes", icon="previous"),
    Shortcut("next", "Next scene", ("Right",), "Scenes", icon="next"),
    Shortcut("random", "Random scene", ("N",), "Scenes", icon="random"),
    Shortcut("previous_painted", "Previous painted scene", ("Ctrl+Left",), "Scenes",
             "The nearest scene to the left that has strokes"),
    Shortcut("next_painted", "Next painted scene", ("Ctrl+Right",), "Scenes",
             "The nearest scene to the right that has strokes"),
    Shortcut("choose_scenes", "Choose several scenes", ("Ctrl+click", "Shift+click"), "Scenes",
             held=True, hint="In the strip: scenes to apply the strokes to"),
    Shortcut("apply", "Apply strokes to chosen scenes", ("Ctrl+Return",), "Scenes",
             "Put the strokes of this scene on the scenes that are chosen in the strip", "apply"),
    Shortcut("unit_search", "Search units", ("Ctrl+F", "Ctrl+K"), "Units", of_tab="units",
             hint="Words of labels, categories, names and notes, in all layers"),
    Shortcut("unit_go", "Go to address…", ("Ctrl+L",), "Units", of_tab="units",
             hint="Go to the unit of an address, of any dissection at hand"),
    Shortcut("unit_copy", "Copy address", ("Ctrl+C",), "Units", of_tab="units",
             hint="Copy the addresses of the chosen units"),
    Shortcut("unit_back", "Back", ("Alt+Left",), "Units", of_tab="units",
             hint="Look at the unit before again, of whatever dissection"),
    Shortcut("unit_forward", "Forward", ("Alt+Right",), "Units", of_tab="units",
             hint="The unit that you have gone back from"),
    Shortcut("unit_buttons", "Back and forward", ("mouse back", "mouse forward"), "Units",
             held=True),
    Shortcut("unit_export", "Export these units…", ("Ctrl+Shift+X",), "Units", of_tab="units",
             hint="Write the units that are shown as PNG, SVG or CSV"),
    Shortcut("new", "New project", ("Ctrl+N",), "File",
             hint="Begin anew on this scene; unsaved strokes can be brought back"),
    Shortcut("open", "Open…", ("Ctrl+O",), "File", icon="open",
             hint="Open a project, or a picture with its strokes; or drop it on the window"),
    Shortcut("save", "Save", ("Ctrl+S",), "File", "Save the project: all scenes, all strokes",
             "save"),
    Shortcut("save_as", "Save as…", ("Ctrl+Shift+S",), "File",
             "Save the project under another name"),
    Shortcut("export", "Export picture…", ("Ctrl+E",), "File", icon="export",
             hint="Save the picture as PNG; it carries its strokes"),
    Shortcut("export_pair", "Export before and after…", ("Ctrl+Shift+E",), "File", icon="pair",
             hint="Save the picture without and with your strokes, side by side"),
    Shortcut("export_movie", "Export movie…", ("Ctrl+M",), "File", icon="movie",
             hint="Save a GIF or MP4 of the edit growing stroke by stroke"),
    Shortcut("open_model", "Open generator…", ("Ctrl+Shift+O",), "File",
             hint="Open a Progressive GAN from a file"),
    Shortcut("open_dissection", "Open dissection…", (), "File",
             hint="Open the folder of a dissection of this generator"),
    Shortcut("model_details", "Details of the generator…", (), "File",
             hint="Size, layers, file and dissection of the generator in use"),
    Shortcut("tab", "Tabs", ("Alt+1 … Alt+4",), "View", held=True,
             hint="Paint, and the other tabs of the window"),
    Shortcut("quit", "Quit", ("Ctrl+Q",), "File", of_window=True),
    Shortcut("guide", "Guide", (), "Help", "How to paint, in pictures and words",
             of_window=True),
    Shortcut("about", "About GANPaint", (), "Help", "Versions, and where the method is from",
             of_window=True),
    Shortcut("shortcuts", "Keyboard shortcuts", ("F1",), "Help", icon="keyboard",
             of_window=True),
)  # fmt: skip

SHORTCUTS: dict[str, Shortcut] = {row.name: row for row in _TABLE}


def groups() -> dict[str, list[Shortcut]]:
    """The table by heading, without rows that have no key."""
    found: dict[str, list[Shortcut]] = {}
    for row in _TABLE:
        if row.keys:
            found.setdefault(row.group, []).append(row)
    return found
