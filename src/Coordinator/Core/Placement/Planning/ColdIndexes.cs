namespace Millrace.Coordinator.Core.Placement.Planning;

/// <summary>One index for each class of tasks, made when it is first needed; classes without limits share
/// one.</summary>
internal sealed class ColdIndexes(Fleet fleet, PlanInput input)
{
    private readonly ColdIndex?[] _byClass = new ColdIndex?[input.Eligible.Count];
    private readonly List<ColdIndex> _made = [];
    private ColdIndex? _unlimited;

    public ColdIndex For(int task) => OfClass(input.Class is { } classes ? classes[task] : 0);

    public void Update(int worker)
    {
        foreach (ColdIndex index in _made)
        {
            index.Update(worker);
        }
    }

    private ColdIndex OfClass(int number)
    {
        if (_byClass[number] is { } known)
        {
            return known;
        }

        bool[]? eligible = input.Eligible[number];
        ColdIndex made = eligible is null && _unlimited is not null ? _unlimited : new ColdIndex(fleet, eligible);
        if (eligible is null)
        {
            _unlimited = made;
        }

        if (!_made.Contains(made))
        {
            _made.Add(made);
        }

        _byClass[number] = made;
        return made;
    }
}
