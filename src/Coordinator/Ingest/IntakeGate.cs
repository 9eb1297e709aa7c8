using System.Globalization;
using Millrace.Common.Model;
using Millrace.Coordinator.Core.Intake;

namespace Millrace.Coordinator.Ingest;

/// <summary>
/// A <see cref="WaitingLine{T}"/> with a clock, for many threads. Who finds the line full, or waits for too long, is
/// refused and told when to come again: about when those who wait now will be through.
/// </summary>
/// <param name="what">What is asked for, in the words of the refusal.</param>
internal sealed class IntakeGate(long capacity, long mostWaiting, TimeProvider time, string what)
{
    public static readonly TimeSpan SoonestRetry = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan LatestRetry = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly WaitingLine<Ticket> _line = new(capacity, mostWaiting);
    private readonly LinkedList<Ticket> _byAge = [];
    private ulong _refused;

    /// <summary>Returns when there is room. <see cref="Leave"/> is to follow, with the same size.</summary>
    /// <param name="longest">How long it may take; infinite: as long as it takes.</param>
    /// <exception cref="RefusalException">OVERLOADED: nothing was taken.</exception>
    public ValueTask EnterAsync(IntakeFlow flow, long size, TimeSpan longest, CancellationToken cancellation)
    {
        lock (_gate)
        {
            if (_line.TryEnter(flow, size))
            {
                return ValueTask.CompletedTask;
            }

            var ticket = new Ticket(time.GetTimestamp());
            if (_line.Enter(flow, size, ticket) == Entrance.Full)
            {
                throw new RefusalException(Refuse());
            }

            ticket.Place = _byAge.AddLast(ticket);
            return new ValueTask(WaitAsync(ticket, size, longest, cancellation));
        }
    }

    public void Leave(long size)
    {
        lock (_gate)
        {
            _line.Leave(size);
            LetIn();
        }
    }

    public IntakePressure Look()
    {
        lock (_gate)
        {
            return new IntakePressure(_line.Inside, capacity, _line.Count, QueueTime(), _refused);
        }
    }

    private async Task WaitAsync(Ticket ticket, long size, TimeSpan longest, CancellationToken cancellation)
    {
        try
        {
            await ticket.Admitted.Task.WaitAsync(longest, time, cancellation);
        }
        catch (Exception error) when (error is OperationCanceledException or TimeoutException)
        {
            Refusal? refusal = Withdraw(ticket, size, tooLong: error is TimeoutException);
            if (refusal is not null)
            {
                throw new RefusalException(refusal);
            }

            throw;
        }
    }

    /// <returns>Null: not refused, the caller has left.</returns>
    private Refusal? Withdraw(Ticket ticket, long size, bool tooLong)
    {
        lock (_gate)
        {
            Refusal? refusal = tooLong ? Refuse() : null;
            if (_line.Withdraw(ticket))
            {
                _byAge.Remove(ticket.Place!);
            }
            else
            {
                // let in at the same moment
                _line.Leave(size);
            }

            LetIn();
            return refusal;
        }
    }

    private void LetIn()
    {
        while (_line.TryNext(out Ticket? next))
        {
            _byAge.Remove(next!.Place!);
            next.Admitted.SetResult();
        }
    }

    private TimeSpan QueueTime() =>
        _byAge.First is { } oldest ? time.GetElapsedTime(oldest.Value.Since) : TimeSpan.Zero;

    private Refusal Refuse()
    {
        _refused++;
        TimeSpan queue = QueueTime();
        TimeSpan retry = TimeSpan.FromTicks(Math.Clamp(queue.Ticks, SoonestRetry.Ticks, LatestRetry.Ticks));
        string seconds = retry.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
        return IngestRefusals.Overloaded(
            $"The coordinator has more {what} than it can take now, and {_line.Count} wait; try again in {seconds} s.",
            retry);
    }

    private sealed class Ticket(long since)
    {
        public long Since { get; } = since;

        /// <summary>Set under the gate's lock; must not run the waiter there.</summary>
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LinkedListNode<Ticket>? Place { get; set; }
    }
}
