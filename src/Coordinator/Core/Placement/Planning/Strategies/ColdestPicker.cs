namespace Millrace.Coordinator.Core.Placement.Planning.Strategies;

/// <summary>The worker that is least used once it has the task; what is about equal does not go to the same one again
/// and again, because each task placed counts at once.</summary>
internal sealed class ColdestPicker(PlanDraft draft) : IPicker
{
    public int Pick(int task) => draft.Cold.For(task).Coldest(draft.Fleet.TaskLoad[task]);

    public void Placed(int worker)
    {
    }
}
