"""The server: tools over the Model Context Protocol, on standard input and output."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mediamix import __version__
from mediamix.assistants.answering import Asked, answer
from mediamix.assistants.tools import offered
from mediamix.core.errors import UserError
from mediamix.project.folder import Project

if TYPE_CHECKING:
    from mcp.server import Server

#: What an assistant is told once.
INSTRUCTIONS = (
    "Marketing measurement by a Bayesian marketing mix model. Say each number with its 90 % interval (p5 to "
    "p95), its unit or currency, and the verdict of its run; where it is `caution`, say its reasons; where "
    "it is `failed`, give no number and say its next steps. ROI and contributions are estimates of a "
    "model, not counts. "
    "An estimate that was withheld has no interval: don't work it out from others."
)


def server_of(project: Project, *, write: bool = False) -> Server[Any]:
    """The server of a project.

    Args:
        project: What is asked.
        write: Whether an assistant may begin runs.
    """
    import anyio.to_thread
    import mcp_types as types
    from mcp.server import Server

    tools = offered(write=write)

    async def listed(context: Any, params: Any) -> types.ListToolsResult:
        shown = [
            types.Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=tool.schema(),
                annotations=types.ToolAnnotations(
                    read_only_hint=tool.reads,
                    destructive_hint=False,
                    idempotent_hint=True,
                    open_world_hint=False,
                ),
            )
            for tool in tools.values()
        ]
        return types.ListToolsResult(tools=shown)

    async def called(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            tool = tools.get(params.name)
            if tool is None:
                raise UserError(
                    f"there is no tool {params.name!r}",
                    expected=", ".join(tools),
                    next_step="call one of them",
                )
            asked = Asked.of(tool, params.arguments or {})
            found = await anyio.to_thread.run_sync(answer, project, asked)
            return types.CallToolResult(content=[_text(found)], structured_content=found)
        except UserError as error:
            said = error.to_dict()
            return types.CallToolResult(content=[_text(said)], structured_content=said, is_error=True)

    def _text(found: object) -> types.TextContent:
        return types.TextContent(type="text", text=json.dumps(found, ensure_ascii=False))

    return Server(
        "mediamix",
        title="mediamix",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=listed,
        on_call_tool=called,
    )


def serve(project: Project, *, write: bool = False) -> None:
    """Answer on standard input and output until the assistant has gone."""
    import anyio
    from mcp.server.stdio import stdio_server

    async def run() -> None:
        server = server_of(project, write=write)
        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())

    anyio.run(run)
