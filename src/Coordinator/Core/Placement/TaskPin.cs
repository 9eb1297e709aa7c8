using Millrace.Coordinator.Core.Membership;

namespace Millrace.Coordinator.Core.Placement;

/// <summary>Where an operator wants a task to be.</summary>
/// <param name="Worker">Only there while that worker may get tasks; elsewhere while it may not, because events must be
/// processed. Empty: not bound to one worker.</param>
/// <param name="Labels">Only on workers with all of these labels, whatever happens.</param>
internal sealed record TaskPin(string Worker, IReadOnlyDictionary<string, string> Labels, string Note)
{
    public bool Permits(Member member) => (Worker.Length == 0 || Worker == member.Name) && HasLabels(member);

    public bool HasLabels(Member member) =>
        Labels.All(l => member.Facts.Labels.TryGetValue(l.Key, out string? value) && value == l.Value);

    /// <summary>The labels as an operator writes them: "disk=ssd,zone=a".</summary>
    public string Selector() =>
        string.Join(',', Labels.OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));

    public override string ToString() => string.Join(
        " and ",
        new[] { Worker.Length > 0 ? $"worker {Worker}" : "", Labels.Count > 0 ? $"workers with {Selector()}" : "" }
            .Where(s => s.Length > 0));
}
