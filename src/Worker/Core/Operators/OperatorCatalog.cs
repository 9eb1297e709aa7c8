namespace Millrace.Worker.Core.Operators;

/// <summary>The operators that this worker can run, by name.</summary>
internal sealed class OperatorCatalog(IReadOnlyDictionary<string, Func<OperatorContext, IOperator>> makers)
{
    public static OperatorCatalog Standard { get; } = new(
        new SortedDictionary<string, Func<OperatorContext, IOperator>>(StringComparer.Ordinal)
        {
            [CountOperator.CatalogName] = context => new CountOperator(context),
            [SumOperator.CatalogName] = context => new SumOperator(context),
        });

    public IReadOnlyList<string> Names { get; } = [.. makers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Null: there is none of that name.</summary>
    public IOperator? Create(string name, OperatorContext context) =>
        makers.TryGetValue(name, out Func<OperatorContext, IOperator>? make) ? make(context) : null;
}
