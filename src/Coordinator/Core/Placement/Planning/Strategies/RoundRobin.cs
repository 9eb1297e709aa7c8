namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>One worker after the other, beginning where the seed says; what they cost does not count.</summary>
internal sealed class RoundRobin : IStrategy
{
    public string Name => "round-robin";

    public bool Balances => false;

    public double[] Capacities(IReadOnlyList<WorkerSample> workers) => Even.Of(workers.Count);

    public double[] Loads(IReadOnlyList<TaskSample> tasks) => Even.Of(tasks.Count);

    public IPicker NewPicker(PlanDraft draft) => new Picker(draft);

    private sealed class Picker(PlanDraft draft) : IPicker
    {
        private readonly int _workers = draft.Input.Workers;
        private int _next = draft.Input.Workers == 0 ? 0 : (int)(draft.Options.Seed % (ulong)draft.Input.Workers);

        public int Pick(int task)
        {
            for (int tried = 0; tried < _workers; tried++)
            {
                int worker = _next;
                _next = (_next + 1) % _workers;
                if (draft.Fleet.Takes(worker) && draft.MayRun(task, worker))
                {
                    return worker;
                }
            }

            return PlanInput.Nobody;
        }

        public void Placed(int worker)
        {
        }
    }
}
