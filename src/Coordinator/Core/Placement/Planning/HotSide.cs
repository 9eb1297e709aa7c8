namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>The workers that may be relieved, most used first, and what each had when the plan was begun.</summary>
internal sealed class HotSide
{
    private readonly Fleet _fleet;

    public HotSide(PlanDraft draft)
    {
        _fleet = draft.Fleet;
        int workers = draft.Input.Workers;
        Tasks = new TaskLists(draft.Input.Owner, workers);
        Heap = new WorkerHeap(workers, WorkerHeap.NoPlaces(workers));
        for (int worker = 0; worker < workers; worker++)
        {
            if (_fleet.Stays(worker) && _fleet.Count[worker] > 0)
            {
                Heap.Add(worker, -_fleet.Use(worker));
            }
        }
    }

    public WorkerHeap Heap { get; }

    public TaskLists Tasks { get; }

    /// <summary>Its load has changed, or it is to be considered again.</summary>
    public void Update(int worker)
    {
        if (Heap.Contains(worker))
        {
            Heap.Change(worker, -_fleet.Use(worker));
        }
        else
        {
            Heap.Add(worker, -_fleet.Use(worker));
        }
    }
}
