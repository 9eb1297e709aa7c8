using FsCheck;
using FsCheck.Fluent;
using Millrace.Coordinator.Core;
using Millrace.Coordinator.Journal;

namespace Millrace.Coordinator.Tests.Journal;

/// <summary>Power cuts and process deaths at random steps of random runs, with segments that are used
/// again.</summary>
[TestFixture]
internal sealed class JournalCrashTests
{
    private const int Steps = 120;

    [Test]
    public void Row09Row57_RecoverAfterAnyCrash_HasAllThatWasDurableAndNothingElse()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => new Run(seed).Play())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(150));
    }

    /// <summary>A process dies after it renamed a spare file to a segment, the next life stores a frame there, and a
    /// power cut takes the name back: the names found by recovery were not durable.</summary>
    [TestCase(1510732146)]
    public void Recover_AfterACrashThatOnceLostAFrame_HasIt(int seed) => Assert.That(new Run(seed).Play());

    private sealed class Run(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly List<FrameFacts> _durable = [];
        private MemorySegments _disk = new();
        private TestJournal _journal = null!;
        private FrameFacts? _inFlight;
        private ulong _incarnation;
        private ulong _from;
        private int _entry;

        public bool Play()
        {
            Restart();
            for (int step = 0; step < Steps; step++)
            {
                CrashAfter(_random.Next(4) == 0 ? _random.Next(1, 12) : int.MaxValue);
                try
                {
                    Act();
                }
                catch (CrashException)
                {
                    Crash();
                }
            }

            return true;
        }

        private void Act()
        {
            switch (_random.Next(12))
            {
                case 0:
                    _journal.Mark();
                    break;
                case 1 when _durable.Count > 0:
                    _from = _durable[_random.Next(_durable.Count / 2, _durable.Count)].End;
                    _durable.RemoveAll(frame => frame.End <= _from);
                    _journal.Engine.Trim(_from);
                    _journal.Engine.Prepare();
                    break;
                default:
                    Append();
                    break;
            }
        }

        private void Append()
        {
            int[] entries = [.. Enumerable.Range(0, _random.Next(1, 25)).Select(_ => _entry++)];
            _journal.Builder.TryAdd(Batches.Of(entries), 0, Batches.Range(1, 1, entries.Length));
            SealedFrame frame = _journal.Builder.Seal(
                _journal.Engine.NextPlace(_incarnation), 1000, static (_, _) => { });
            _journal.Engine.Begin(frame);
            _inFlight = frame.Facts;
            _journal.Engine.Append(frame);
            _durable.Add(frame.Facts);
            _inFlight = null;
            _journal.Engine.Prepare();
        }

        private void Crash()
        {
            while (true)
            {
                _disk.Before = static (_, _) => { };
                _disk = _random.Next(3) switch
                {
                    0 => _disk,
                    1 => _disk.AfterPowerCut(null),
                    _ => _disk.AfterPowerCut(_random),
                };
                CrashAfter(_random.Next(3) == 0 ? _random.Next(1, 10) : int.MaxValue);
                try
                {
                    Restart();
                    return;
                }
                catch (CrashException)
                {
                    // The recovery itself was cut short: what it leaves must be as good.
                }
            }
        }

        private void Restart()
        {
            _journal = new TestJournal(_disk, ++_incarnation, _from);
            List<FrameFacts> found = [.. _journal.Replayed.Where(f => f.Blocks.Count > 0)];
            if (_inFlight is not null && found.Count > 0 && found[^1].Position == _inFlight.Position)
            {
                _durable.Add(_inFlight);
            }

            Assert.That(found.Select(f => f.Position), Is.EqualTo(_durable.Select(f => f.Position)), $"seed {seed}");
            Assert.That(
                found.SelectMany(f => f.Blocks), Is.EqualTo(_durable.SelectMany(f => f.Blocks)), $"seed {seed}");
            _inFlight = null;
            foreach (FrameFacts frame in _durable)
            {
                _journal.Engine.Read(frame.Position)!.Release();
            }
        }

        private void CrashAfter(int operations)
        {
            long last = (long)_disk.Operations + operations;
            _disk.Before = (number, _) =>
            {
                if (number >= last)
                {
                    throw new CrashException();
                }
            };
        }
    }

    private sealed class CrashException : Exception;
}
