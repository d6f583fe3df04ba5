"""Compile rules that only other rules call, as far as their callers need and no further.

Numba makes machine code of each function, and compiles it once more into each function that calls it. Python calls none
of these rules, so their own machine code would be made for nobody: a sixth of the time of a first start.
"""

from typing import Any

from numba import _dynfunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, _LowerResult
from numba.core.compiler_machinery import register_pass
from numba.core.typed_passes import AnnotateTypes, InlineOverloads, NativeLowering, NopythonRewrites
from numba.core.untyped_passes import InlineClosureLikes

NO_ADDRESS = 0
MOST_OF_A_MONTH = ("live", "live_chunk")
NOTHING_TO_DO = (InlineClosureLikes, InlineOverloads, NopythonRewrites, AnnotateTypes)
"""Steps for functions within functions, for whole arrays and for readers of types: rules have none of them."""


class RuleLibrary(JITCodeLibrary):
    """Code to be linked into that of others."""

    def _optimize_final_module(self) -> None:
        """Optimize the code of a rule, but leave most of a month to its one caller, which does all of it again."""
        if self.name not in MOST_OF_A_MONTH:
            super()._optimize_final_module()

    def _finalize_final_module(self) -> None:
        """Check the code, and make no machine code of it."""
        self._finalize_dynamic_globals()
        self._verify_declare_only_symbols()
        self._finalized = True

    def serialize_using_object_code(self) -> Any:
        """Return what is kept on disk: the code before it is made machine code."""
        return self.serialize_using_bitcode()


@register_pass(mutates_CFG=True, analysis_only=False)
class LowerRule(NativeLowering):
    """The last step of Numba's compiler, without the machine code."""

    _name = "lower_rule"

    def run_pass(self, state: Any) -> bool:
        """Compile a rule. Its entry only names it to other rules, which link its library; nothing calls it."""
        library = state.library = RuleLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        usual, state.flags.no_compile = state.flags.no_compile, True
        super().run_pass(state)
        state.flags.no_compile = usual
        made = state["cr"]
        name = state.func_id.func_name
        entry = _dynfunc.make_function(made.fndesc.lookup_module(), name, "", NO_ADDRESS, made.env, (library,))
        state.targetctx.insert_user_function(entry, made.fndesc, [library])
        state["cr"] = _LowerResult(made.fndesc, made.call_helper, cfunc=entry, env=made.env)
        return True


class CompilerOfRules(CompilerBase):
    """Numba's usual steps, without those that would find nothing to do, and with ``LowerRule`` as the last."""

    def define_pipelines(self) -> list[Any]:
        """Return the one way in which a rule is compiled."""
        steps = DefaultPassBuilder.define_nopython_pipeline(self.state)
        steps.passes = [
            (LowerRule if kind is NativeLowering else kind, text)
            for kind, text in steps.passes
            if kind not in NOTHING_TO_DO
        ]
        self.state.type_annotation = ""
        steps.finalize()
        return [steps]
