"""Batches made in processes of their own, for data sets whose Python code is what takes time."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Generator, Iterable
from multiprocessing.connection import Connection
from typing import Any

from nt_data._plan import Plan

__all__ = ["ProcessPool"]


class ProcessPool:
    """Processes that make batches in turn; batch k of a pass is made by process k modulo n.

    Processes are spawned, not forked: threads of a BLAS do not survive a fork. So the plan is
    pickled, once for each process.
    """

    def __init__(self, plan: Plan, workers: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._lock = threading.Lock()
        self._workers = []
        try:
            for number in range(workers):
                ours, theirs = context.Pipe()
                process = context.Process(
                    target=_serve, args=(theirs, plan), name=f"nt-data worker {number}", daemon=True
                )
                self._workers.append((process, ours))
                process.start()
                theirs.close()
        except Exception as error:
            error.add_note(
                "worker processes need a data set, collate and transform that can be pickled; "
                "worker='thread' does not"
            )
            self._workers.pop()
            self.close()
            raise

    def batches(self, epoch: int, numbers: Iterable[int], limit: int) -> Generator[Any, None, None]:
        """Give the batches of some numbers in their order, at most `limit` made ahead."""
        waiting: deque[tuple[int, int]] = deque()  # worker, batch
        todo = enumerate(numbers)
        try:
            while True:
                while len(waiting) < limit and (task := next(todo, None)) is not None:
                    count, batch = task
                    worker = count % len(self._workers)
                    self._send(worker, epoch, batch)
                    waiting.append((worker, batch))
                if not waiting:
                    return
                worker, batch = waiting.popleft()
                done, value = self._receive(worker, epoch, batch)
                if not done:
                    raise value
                yield value
        finally:
            for worker, batch in waiting:  # what was begun and is not wanted
                if self._workers:
                    self._receive(worker, epoch, batch)

    @property
    def alive(self) -> bool:
        """Whether the processes can make more batches."""
        return bool(self._workers)

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            workers, self._workers = self._workers, []
        for process, connection in workers:
            connection.close()
            process.terminate()
        for process, _ in workers:
            process.join()

    def _send(self, worker: int, epoch: int, batch: int) -> None:
        process, connection = self._workers[worker]
        try:
            connection.send((epoch, batch))
        except OSError as error:
            process.join(1)
            raise self._ended(worker, epoch, batch) from error

    def _receive(self, worker: int, epoch: int, batch: int) -> tuple[bool, Any]:
        connection = self._workers[worker][1]
        try:
            done, head, sizes = connection.recv()
            parts = [bytearray(size) for size in sizes]
            for part in parts:
                if part:
                    connection.recv_bytes_into(part)
        except (EOFError, OSError) as error:
            raise self._ended(worker, epoch, batch) from error
        return done, pickle.loads(head, buffers=parts)

    def _ended(self, worker: int, epoch: int, batch: int) -> RuntimeError:
        process = self._workers[worker][0]
        process.join(5)
        code = process.exitcode
        self.close()
        return RuntimeError(
            f"worker process {worker} ended with exit code {code} while preparing batch {batch} of "
            f"epoch {epoch}; if it never began, let the program start its work under "
            "`if __name__ == '__main__':`"
        )


def _serve(connection: Connection, plan: Plan) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when it ends
    begun, order = -1, plan.order(0)
    while True:
        try:
            epoch, batch = connection.recv()
        except (EOFError, OSError):  # the parent closed its end
            return
        buffers: list[pickle.PickleBuffer] = []
        try:
            if epoch != begun:
                begun, order = epoch, plan.order(epoch)
            made = plan.make(epoch, batch, order)
            # Arrays travel beside the pickle: they are copied once into the pipe, once out of it.
            head, done = pickle.dumps(made, 5, buffer_callback=buffers.append), True
        except Exception as error:
            buffers.clear()
            head, done = _told(error), False
        raw = [buffer.raw() for buffer in buffers]
        try:
            connection.send((done, head, [part.nbytes for part in raw]))
            for part in raw:
                if part.nbytes:
                    connection.send_bytes(part)
        except OSError:
            return


def _told(error: Exception) -> bytes:
    """Pickle an error, its traceback a note; one that cannot travel becomes a RuntimeError."""
    text = "".join(traceback.format_exception(error)).rstrip()
    error.add_note(f"in a worker process:\n{text}")
    try:
        told = pickle.dumps(error)
        pickle.loads(told)
    except Exception:
        substitute = RuntimeError(f"{type(error).__name__}: {error}")
        substitute.add_note(f"in a worker process:\n{text}")
        return pickle.dumps(substitute)
    return told
