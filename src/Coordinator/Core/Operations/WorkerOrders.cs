using Millrace.Common.Model;
using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Operations;

/// <summary>Cordons and uncordons workers; who uncordons one trusts it again, whatever it did before.</summary>
internal sealed class WorkerOrders(Turn turn, MemberTable members, OperatorTurn common)
{
    public void Cordon(CordonWorker input) => common.Answer(
        input,
        "worker",
        () => Unknown(input.Worker)
            ?? Busy(input.Worker)
            ?? (turn.State.Duties.Count >= turn.Policy.MaxWorkers
                ? Refusals.Full("cordoned workers", turn.Policy.MaxWorkers, "TOO_MANY_WORKERS")
                : null),
        () =>
        {
            // Said again it takes the newer note.
            turn.Record(new WorkerCordoned(input.Worker, input.Note, input.Request, turn.Now.UnixMs));
            turn.Raise(
                EventLevel.Info,
                "WORKER_CORDONED",
                $"workers/{input.Worker}",
                $"Worker {input.Worker} gets nothing new{Noted(input.Note)}.");
            return input.Worker;
        });

    /// <returns>Whether tasks may be placed anew.</returns>
    public bool Uncordon(UncordonWorker input) => common.Answer(
        input,
        "worker",
        () => turn.State.Duties.IsOpen(input.Worker) && members.Find(input.Worker) is not { Flaps.IsOn: true }
            ? Unknown(input.Worker) ?? OperatorRefusals.NotCordoned(input.Worker)
            : Busy(input.Worker),
        () =>
        {
            turn.Record(new WorkerUncordoned(input.Worker, input.Request, turn.Now.UnixMs));
            turn.Raise(
                EventLevel.Info,
                "WORKER_UNCORDONED",
                $"workers/{input.Worker}",
                $"Worker {input.Worker} may get tasks again.");
            members.Find(input.Worker)?.Flaps.Forget();
            if (members.Find(input.Worker) is { Holds: true } member)
            {
                // It takes its share like one that has just joined.
                member.AwaitsShare = true;
            }

            return input.Worker;
        });

    public static string Noted(string note) => note.Length == 0 ? "" : $": {note}";

    private Refusal? Unknown(string worker) =>
        members.Find(worker) is null && turn.State.Duties.IsOpen(worker)
            ? OperatorRefusals.NoSuchWorker(worker, "name")
            : null;

    private Refusal? Busy(string worker) =>
        turn.State.Duties.Find(worker) is { Duty: WorkerDuty.Draining } order
            && turn.State.Operations.Find(order.Operation) is { } running
                ? OperatorRefusals.Conflict($"workers/{worker}", running)
                : null;
}
