using Millrace.Coordinator.Core.Intake;

namespace Millrace.Coordinator.Tests.Core.Intake;

public sealed class WaitingLineTests
{
    private readonly IntakeFlow _flow = new();

    [Test]
    public void Enter_BeyondTheCapacity_WaitsUntilSomethingLeaves()
    {
        var line = new WaitingLine<string>(10, 10);
        Assert.That(line.Enter(_flow, 6, "a"), Is.EqualTo(Entrance.Open));
        Assert.That(line.Enter(_flow, 5, "b"), Is.EqualTo(Entrance.Waits));
        Assert.That(line.TryNext(out _), Is.False);
        line.Leave(6);
        Assert.That(line.TryNext(out string? next), Is.True);
        Assert.That((next, line.Inside, line.Waiting), Is.EqualTo(("b", 5L, 0L)));
    }

    [Test]
    public void Enter_OfSomethingSmallBehindSomethingLarge_DoesNotOvertake()
    {
        var line = new WaitingLine<string>(10, 10);
        line.Enter(_flow, 6, "a");
        line.Enter(_flow, 5, "b");
        Assert.That(line.Enter(new IntakeFlow(), 1, "c"), Is.EqualTo(Entrance.Waits));
    }

    [Test]
    public void Enter_OfSomethingLargerThanTheCapacity_ComesInAlone()
    {
        var line = new WaitingLine<string>(10, 100);
        Assert.That(line.Enter(_flow, 50, "huge"), Is.EqualTo(Entrance.Open));
        Assert.That(line.Enter(_flow, 1, "a"), Is.EqualTo(Entrance.Waits));
        Assert.That(line.Enter(_flow, 50, "huge too"), Is.EqualTo(Entrance.Waits));
        line.Leave(50);
        Assert.That(line.TryNext(out string? next), Is.True);
        Assert.That(next, Is.EqualTo("a"));
        Assert.That(line.TryNext(out _), Is.False);
    }

    [Test]
    public void Enter_WhenTooMuchWaits_IsTurnedAwayAndCountsNothing()
    {
        var line = new WaitingLine<string>(10, 10);
        line.Enter(_flow, 10, "a");
        line.Enter(_flow, 8, "b");
        Assert.That(line.Enter(_flow, 3, "c"), Is.EqualTo(Entrance.Full));
        Assert.That((line.Count, line.Waiting), Is.EqualTo((1, 8L)));
        Assert.That(line.Enter(_flow, 2, "d"), Is.EqualTo(Entrance.Waits));
    }

    [Test]
    public void Withdraw_OfTheFirst_LetsTheNextIn()
    {
        var line = new WaitingLine<string>(10, 30);
        line.Enter(_flow, 5, "a");
        line.Enter(_flow, 9, "b");
        line.Enter(_flow, 5, "c");
        Assert.That(line.Withdraw("b"), Is.True);
        Assert.That(line.TryNext(out string? next), Is.True);
        Assert.That(next, Is.EqualTo("c"));
        Assert.That(line.Withdraw("c"), Is.False, "it is inside");
        Assert.That((line.Inside, line.Waiting, line.Count), Is.EqualTo((10L, 0L, 0)));
    }

    /// <summary>However large their pieces are, flows that always want more get the same.</summary>
    [Test]
    public void Enter_OfFlowsThatAlwaysWantMore_SharesByAmount() => AnyNumbers.Check(200, 12, numbers =>
    {
        if (numbers.Length < 2)
        {
            return true;
        }

        long[] sizes = [.. numbers.Select(n => 1L + (n % 100))];
        var line = new WaitingLine<object>(300, long.MaxValue);
        IntakeFlow[] flows = [.. sizes.Select(_ => new IntakeFlow())];
        var owner = new Dictionary<object, int>();
        long[] got = new long[sizes.Length];
        var inside = new Queue<int>();
        for (int i = 0; i < sizes.Length; i++)
        {
            Ask(i);
        }

        for (int step = 0; step < 2000; step++)
        {
            line.Leave(sizes[inside.Dequeue()]);
            while (line.TryNext(out object? next))
            {
                ComeIn(owner[next!]);
            }
        }

        return line.Inside <= 300 && got.Max() - got.Min() <= 2 * sizes.Max() + 300;

        void Ask(int i)
        {
            object ticket = new();
            owner[ticket] = i;
            if (line.Enter(flows[i], sizes[i], ticket) == Entrance.Open)
            {
                ComeIn(i);
            }
        }

        void ComeIn(int i)
        {
            got[i] += sizes[i];
            inside.Enqueue(i);
            Ask(i);
        }
    });

    /// <summary>Whoever comes, leaves and gives up: both bounds hold, nobody is forgotten, nothing is counted
    /// twice.</summary>
    [Test]
    public void Any_Sequence_KeepsItsBoundsAndItsAccounts() => AnyNumbers.Check(300, 200, numbers =>
    {
        const long Capacity = 50;
        const long MostWaiting = 40;
        var line = new WaitingLine<object>(Capacity, MostWaiting);
        IntakeFlow[] flows = [new(), new(), new()];
        var sizes = new Dictionary<object, long>();
        var inside = new List<object>();
        var waiting = new List<object>();
        foreach (int n in numbers)
        {
            if (n % 3 == 0 && inside.Count > 0)
            {
                object left = inside[n % inside.Count];
                inside.Remove(left);
                line.Leave(sizes[left]);
            }
            else if (n % 7 == 0 && waiting.Count > 0)
            {
                object gone = waiting[n % waiting.Count];
                waiting.Remove(gone);
                if (!line.Withdraw(gone))
                {
                    return false;
                }
            }
            else
            {
                object ticket = new();
                sizes[ticket] = 1 + (n % 30);
                Entrance entrance = line.Enter(flows[n % 3], sizes[ticket], ticket);
                (entrance == Entrance.Open ? inside : entrance == Entrance.Waits ? waiting : []).Add(ticket);
            }

            while (line.TryNext(out object? next))
            {
                if (!waiting.Remove(next!))
                {
                    return false;
                }

                inside.Add(next!);
            }

            if (line.Inside != inside.Sum(t => sizes[t]) || line.Waiting != waiting.Sum(t => sizes[t])
                || line.Inside > Capacity || line.Waiting > MostWaiting || (inside.Count == 0 && waiting.Count > 0))
            {
                return false;
            }
        }

        return true;
    });
}
