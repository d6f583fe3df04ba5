"""Who computes: threads of this process, worker processes of this machine, or a dask.distributed cluster.

A crew takes tasks while it has room, and gives back each with its answer, or with the word that its worker was lost.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import count
from multiprocessing import connection, get_all_start_methods, get_context, parent_process
from queue import Empty, PriorityQueue, SimpleQueue
from threading import Event, Thread, current_thread, main_thread
from typing import Any, Protocol, TypeAlias

from sim.runs.clean_start import clean_start
from sim.runs.plan import Task
from sim.runs.work import Answer, Work, run_task
from sim.scenario import ScenarioError
from sim.study.manifest import peak_memory_bytes
from sim.study.shards import Outcome

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
PATIENCE = 5.0  # seconds that a worker has to end by itself
PATIENCE_TO_CONNECT = 30.0
HELD = (signal.SIGINT, signal.SIGTERM)
AHEAD = 2  # tasks that a cluster's scheduler holds for each worker


class Lost:
    """Stands where an answer should be: the worker died."""


LOST = Lost()


class Crew(Protocol):
    """Computes tasks."""

    peak_memory: int | None

    @property
    def hands(self) -> int:
        """How many runs can be simulated at one time."""
        ...

    def room(self) -> int: ...

    def busy(self) -> int: ...

    def submit(self, task: Task) -> None: ...

    def collect(self, seconds: float) -> Iterator[tuple[Task, Answer | Lost]]: ...

    def close(self) -> None: ...


Share: TypeAlias = Callable[[Task], Callable[[str, str], Outcome]]
"""Begins a task; what it returns simulates one of its runs, given id and arm, beside others."""


class Stopped(RuntimeError):  # noqa: N818, it is no error
    """A run gave up at the end of a month, because the study was interrupted or another run failed."""


class Threads:
    """Threads of this process, one run at a time each: the compiled month releases the interpreter.

    A run that fails ends the work: its fault is raised from ``collect``. A task's first run goes before later runs of
    other tasks, since the others of a task wait for its warm-up.

    Parameters
    ----------
    workers
        How many.
    share
        Begins a task, so that its runs can be simulated at the same time.
    """

    peak_memory: int | None = None

    def __init__(self, workers: int, share: Share) -> None:
        self._workers, self._share = workers, share
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="run")
        self._waiting: PriorityQueue[tuple[bool, int, Task, Callable[[str, str], Outcome]]] = PriorityQueue()
        self._done: SimpleQueue[tuple[Task, Outcome | BaseException]] = SimpleQueue()
        self._left: dict[tuple[int, int], int] = {}  # runs of each task that are under way, by draw and seed
        self._turn = count()
        self._stop = Event()

    @property
    def hands(self) -> int:
        return self._workers

    def room(self) -> int:
        return self._workers - len(self._left)

    def busy(self) -> int:
        return len(self._left)

    def submit(self, task: Task) -> None:
        self._left[task.draw, task.seed] = len(task.runs)
        simulate = self._share(task)
        for index, run in enumerate(task.runs):
            self._waiting.put((index > 0, next(self._turn), replace(task, runs=(run,)), simulate))
            self._pool.submit(self._next)

    def collect(self, seconds: float) -> Iterator[tuple[Task, Answer | Lost]]:
        """Yield what is done, after at most so many seconds; nothing if nothing is."""
        try:
            part, answer = self._done.get(timeout=seconds)
        except Empty:
            return
        if isinstance(answer, BaseException):
            raise answer
        self._left[part.draw, part.seed] -= 1
        if not self._left[part.draw, part.seed]:
            del self._left[part.draw, part.seed]
        yield part, [answer]

    def check(self) -> None:
        """End a run, at the end of a month, when nobody waits for it any more.

        Raises
        ------
        Stopped
            In the thread of the run.
        """
        if self._stop.is_set():
            raise Stopped("nobody waits for this run any more")

    def close(self) -> None:
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def _next(self) -> None:
        """Simulate the most urgent run that waits."""
        _, _, part, simulate = self._waiting.get()
        try:
            self._done.put((part, simulate(*part.runs[0])))
        except BaseException as fault:  # the main thread decides what becomes of it
            self._done.put((part, fault))


class Processes:
    """Worker processes of this machine, one task at a time each; one that dies is replaced.

    Parameters
    ----------
    workers
        How many.
    work
        What they do with a task; a function that a new process can import.
    """

    def __init__(self, workers: int, work: Work) -> None:
        for name in ONE_THREAD:
            os.environ.setdefault(name, "1")
        self._work = work
        self._workers = [_Worker(work) for _ in range(workers)]
        self.peak_memory: int | None = None

    @property
    def hands(self) -> int:
        return len(self._workers)

    def room(self) -> int:
        return sum(worker.task is None for worker in self._workers)

    def busy(self) -> int:
        return len(self._workers) - self.room()

    def submit(self, task: Task) -> None:
        index = next(i for i, worker in enumerate(self._workers) if worker.task is None)
        if not self._workers[index].send(task):  # it died while it had nothing to do
            self._replace(index)
            self._workers[index].send(task)

    def collect(self, seconds: float) -> Iterator[tuple[Task, Answer | Lost]]:
        """Yield what is done, after at most so many seconds; nothing if nothing is."""
        at: dict[Any, int] = {worker.pipe: i for i, worker in enumerate(self._workers) if worker.task is not None}
        for ready in connection.wait(list(at), seconds):
            index = at[ready]
            worker = self._workers[index]
            task, answer = worker.task, worker.answer()
            assert task is not None
            if answer is None:
                self._replace(index)
                yield task, LOST
            else:
                worker.task = None
                found, memory = answer
                self.peak_memory = max(filter(None, (self.peak_memory, memory)), default=None)
                yield task, found

    def close(self) -> None:
        for worker in self._workers:
            worker.stop()
        for worker in self._workers:
            worker.join()

    def _replace(self, index: int) -> None:
        self._workers[index].stop()
        self._workers[index].join()
        self._workers[index] = _Worker(self._work)


class _Worker:
    """One process, and the pipe to it; the pipe closes when either of the two dies."""

    def __init__(self, work: Work) -> None:
        context = _context(work)
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True, name="ccosim worker")
        with clean_start(work):
            self._process.start()
        theirs.close()
        self.task: Task | None = None

    def send(self, task: Task) -> bool:
        """Hand over a task; False if nobody is there to take it."""
        try:
            self.pipe.send(task)
        except OSError:
            return False
        self.task = task
        return True

    def answer(self) -> tuple[Answer, int | None] | None:
        """Return the answer and the worker's memory, or None if it died."""
        try:
            found: tuple[Answer, int | None] = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return found

    def stop(self) -> None:
        self.pipe.close()
        self._process.terminate()

    def join(self) -> None:
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _context(work: Work) -> Any:
    """New processes are copies of one that has imported the model, where the system can do that."""
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["sim.runs.work", *(["sim.model"] if work is run_task else [])])
    return context


def _serve(pipe: Any, work: Work) -> None:
    """Work until the parent is gone or has nothing more to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who then ends its workers
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        answer = work(task)
        try:
            pipe.send((answer, peak_memory_bytes()))
        except OSError:
            return


def _die_with_parent() -> None:
    """End at once when the parent ends, in the middle of a run too: nobody would keep what it gives."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


class Cluster:
    """Workers of dask.distributed, which may be on other machines; the scheduler replaces those that die.

    Parameters
    ----------
    workers
        How many to start where no address is given, and how many tasks to have under way at first.
    address
        A scheduler that runs already, which is trusted with everything: it can run any code in this process. None
        starts one with separate worker processes on this machine, which nobody else can talk to.
    """

    def __init__(self, workers: int, work: Work, address: str | None = None) -> None:
        distributed = _distributed()
        self._work = work
        self._killed = (distributed.KilledWorker,)
        if address and address.startswith("tls://"):
            _check_certificates(distributed, address)
        self._cluster: Any = None
        self._client: Any = None
        try:
            with nullcontext() if address else interrupts_held():  # a start cut short leaves processes and tracebacks
                self._cluster = None if address else _local_cluster(workers, work)
                self._client = distributed.Client(
                    address or self._cluster, timeout=PATIENCE_TO_CONNECT, set_as_default=False
                )
        except OSError as fault:
            raise ScenarioError([f"compute.address={address}: no scheduler answers ({fault})"]) from None
        except BaseException:
            self._dismiss()
            raise
        self._executor = self._client.get_executor(pure=False)
        self._flying: dict[Any, Task] = {}
        self._least = workers
        self.peak_memory: int | None = None

    @property
    def hands(self) -> int:
        return max(len(self._client.scheduler_info()["workers"]), 1 if self._cluster is None else self._least)

    def room(self) -> int:
        return max(0, AHEAD * self.hands - len(self._flying))

    def busy(self) -> int:
        return len(self._flying)

    def submit(self, task: Task) -> None:
        self._flying[self._executor.submit(self._work, task)] = task

    def collect(self, seconds: float) -> Iterator[tuple[Task, Answer | Lost]]:
        from concurrent.futures import FIRST_COMPLETED, wait

        for future in wait(self._flying, seconds, FIRST_COMPLETED).done:
            task = self._flying.pop(future)
            try:
                yield task, future.result()
            except self._killed:
                yield task, LOST

    def close(self) -> None:
        self._executor.shutdown(wait=False)
        self._dismiss()

    def _dismiss(self) -> None:
        for one in (self._client, self._cluster):
            with suppress(TimeoutError):  # the results are in; a worker that is slow to end goes with this process
                if one is not None:
                    one.close(timeout=PATIENCE)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the end of this; only the main thread hears of them."""
    waiting: list[int] = []
    if current_thread() is not main_thread():
        yield
        return
    before = {one: signal.signal(one, lambda number, _: waiting.append(number)) for one in HELD}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    for number in waiting[:1]:
        signal.raise_signal(number)


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise ScenarioError([_needs("dask.distributed")]) from None
    return distributed


def _check_certificates(distributed: Any, address: str) -> None:
    if distributed.Security().get_connection_args("client").get("ssl_context") is None:
        raise ScenarioError(
            [f"compute.address={address}: dask has no certificates; its configuration names them, distributed.comm.tls"]
        )


def _local_cluster(workers: int, work: Work) -> Any:
    from sim.runs.local_cluster import local_cluster

    try:
        return local_cluster(workers, work)
    except ImportError:
        raise ScenarioError([_needs("cryptography")]) from None


def _needs(package: str) -> str:
    return f"compute=cluster: needs {package}, which is not installed: pip install 'ccosim[cluster]'"


def crew_of(engine: str, workers: int, address: str | None, work: Work) -> Crew:
    """Return the crew that a scenario's ``compute`` asks for."""
    return Cluster(workers, work, address) if engine == "dask" else Processes(workers, work)
