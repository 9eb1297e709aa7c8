namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>Any worker that may run it, each as likely as the others; the seed and the task decide, nothing
/// else.</summary>
internal sealed class SeededRandom : IStrategy
{
    public string Name => "random";

    public bool Balances => false;

    public double[] Capacities(IReadOnlyList<WorkerSample> workers) => Even.Of(workers.Count);

    public double[] Loads(IReadOnlyList<TaskSample> tasks) => Even.Of(tasks.Count);

    public IPicker NewPicker(PlanDraft draft) => new Picker(draft);

    private sealed class Picker(PlanDraft draft) : IPicker
    {
        private const int Guesses = 16;

        private readonly int _workers = draft.Input.Workers;
        private ulong _state = draft.Options.Seed;

        public int Pick(int task)
        {
            for (int guess = 0; guess < Guesses && _workers > 0; guess++)
            {
                int worker = Below(_workers);
                if (Suits(task, worker))
                {
                    return worker;
                }
            }

            return PickAmongFew(task);
        }

        public void Placed(int worker)
        {
        }

        private int PickAmongFew(int task)
        {
            int[] suited = [.. Enumerable.Range(0, _workers).Where(w => Suits(task, w))];
            return suited.Length == 0 ? PlanInput.Nobody : suited[Below(suited.Length)];
        }

        private bool Suits(int task, int worker) => draft.Fleet.Takes(worker) && draft.MayRun(task, worker);

        private int Below(int limit) => (int)Math.BigMul(Next(), (ulong)limit, out _);

        /// <summary>SplitMix64: every seed gives a good sequence.</summary>
        private ulong Next()
        {
            _state += 0x9E3779B97F4A7C15;
            ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
            mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
            return mixed ^ (mixed >> 31);
        }
    }
}
