"""A mixin that lets the Trainer of Transformers make its scheduler from a document; Transformers is not imported."""

from __future__ import annotations

from typing import Any

from torch.optim import Optimizer

from unisched.plugin import BindingError, Problem, Program, Source, load, program_of
from unisched_torch.port import MetricPort
from unisched_torch.scheduler import UnischedLR

__all__ = ["ScheduledTrainer"]


class ScheduledTrainer:
    """To stand before `Trainer` among the bases of a class, which then takes `schedule=`, a document.

    The document's total and epochs are its own where it says them, else what the Trainer will run. A schedule that
    watches a metric, under whatever name, is moved by the optimizer, and is fed after each evaluation what the
    Trainer's own `metric_for_best_model` names. `train` raises `BindingError` where several metrics are watched, and
    where the Trainer would feed none. Without `strict` a checkpoint of another document, or of a run of another length,
    is taken up at its step.

    `class MyTrainer(ScheduledTrainer, Trainer): ...` is all that it takes, and then
    `MyTrainer(model, arguments, schedule="schedule.json").train()`.
    """

    lr_scheduler: UnischedLR | MetricPort | None
    optimizer: Optimizer
    args: Any
    _created_lr_scheduler: bool

    def __init__(self, *args: Any, schedule: Source | Program, strict: bool = True, **kwargs: Any) -> None:
        self.schedule, self._strict = schedule, strict
        super().__init__(*args, **kwargs)

    def create_scheduler(self, num_training_steps: int, optimizer: Optimizer | None = None) -> UnischedLR | MetricPort:
        """Give the scheduler of the run, made once for each call of `train`, as the Trainer asks for it."""
        if self.lr_scheduler is None:
            program = program_of(self.schedule, **self._clock(num_training_steps))
            watches = bool(program.monitors)
            if watches:
                self._check_fed(program)
            made = UnischedLR(optimizer or self.optimizer, program, driver="optimizer" if watches else "step",
                              strict=self._strict)  # fmt: skip
            self.lr_scheduler = made.metric_port() if watches else made
            self._created_lr_scheduler = True
        return self.lr_scheduler

    def _check_fed(self, program: Program) -> None:
        if self.args.metric_for_best_model is None or self.args.eval_strategy == "no":
            fault = f"the schedule watches {', '.join(program.monitors)}, and the Trainer feeds it nothing"
            remedy = "Set eval_strategy and metric_for_best_model in the TrainingArguments."
            raise BindingError(Problem("trainer.metric", "", fault, remedy))

    def _clock(self, num_training_steps: int) -> dict[str, int]:
        """Give what the Trainer knows of the clock and the document does not say."""
        if isinstance(self.schedule, Program):
            return {}
        document, epochs = load(self.schedule), self.args.num_train_epochs
        clock = {} if document.total is not None else {"total": num_training_steps}
        is_whole = self.args.max_steps <= 0 and epochs > 0 and num_training_steps % epochs == 0
        if document.steps_per_epoch is None and is_whole:
            clock["steps_per_epoch"] = int(num_training_steps // epochs)
        return clock
