using FsCheck;
using FsCheck.Fluent;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Loop;

namespace Millrace.Coordinator.Tests.Loop;

public sealed class DurabilityGateTests
{
    [Test]
    public void Release_FramesInOrder_HandsOutExactlyWhatRestsOnThemInOrder() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(),
            steps =>
            {
                var gate = new DurabilityGate();
                var outbox = new ListOutbox();
                ulong frame = 1;
                long call = 0;
                var held = new List<(ulong Frame, long Call)>();
                var expected = new List<long>();
                foreach (byte step in steps)
                {
                    if (step % 4 == 0)
                    {
                        gate.Release(frame, 0, outbox);
                        expected.AddRange(held.Where(h => h.Frame <= frame).Select(h => h.Call));
                        held.RemoveAll(h => h.Frame <= frame);
                        frame++;
                    }
                    else
                    {
                        held.Add((frame, ++call));
                        gate.Hold(frame, Outgoing.Of(new Reply(call, "answer")));
                    }
                }

                return outbox.Calls.SequenceEqual(expected) && gate.Count == held.Count;
            }).QuickCheckThrowOnFailure();

    [Test]
    public void Release_FrameBelowTheHeldOnes_HandsOutNothing()
    {
        var gate = new DurabilityGate();
        var outbox = new ListOutbox();
        gate.Hold(5, Outgoing.Of(new Reply(1, "answer")));

        gate.Release(4, 0, outbox);

        Assert.That(outbox.Calls, Is.Empty);
    }

    private sealed class ListOutbox : IOutbox
    {
        public List<long> Calls { get; } = [];

        public void Carry(Effect effect) => Calls.Add(((Reply)effect).Call);
    }
}
