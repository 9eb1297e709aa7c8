using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Rules.Tests;

public sealed class LogTests
{
    private static readonly (string Folder, int First, int Last)[] Ranges =
    [
        ("src/Coordinator/", 1000, 1999),
        ("src/Worker/", 2000, 2999),
        ("src/Common/", 3000, 3099),
        ("src/Client/", 4000, 4099),
        ("src/Cli/", 4100, 4199),
    ];

    [Test]
    public void LogMessages_InTheProduct_HaveUniqueNumbers()
    {
        var repeated = Numbers().GroupBy(x => x.Number).Where(g => g.Count() > 1);
        Assert.That(repeated.Select(g => $"{g.Key}: {string.Join(", ", g.Select(x => x.Place))}"), Is.Empty);
    }

    [Test]
    public void LogMessages_InTheProduct_StayWithinTheirRoomsNumbers() =>
        Assert.That(
            from message in Numbers()
            let range = Ranges.First(r => message.Place.StartsWith(r.Folder, StringComparison.Ordinal))
            where message.Number < range.First || message.Number > range.Last
            select $"{message.Place}: {message.Number}",
            Is.Empty);

    [Test]
    public void Logging_OutsideTheCatalogues_IsNotDoneByHand() =>
        Assert.That(
            from file in Source.Product
            from call in file.Nodes<MemberAccessExpressionSyntax>()
            where call.Name.Identifier.Text is "LogTrace" or "LogDebug" or "LogInformation" or "LogWarning"
                or "LogError" or "LogCritical"
            select file.Place(call),
            Is.Empty);

    private static IEnumerable<(int Number, string Place)> Numbers() =>
        from file in Source.Product
        from attribute in file.Nodes<AttributeSyntax>()
        where attribute.Name.ToString() == "LoggerMessage"
        from argument in attribute.ArgumentList!.Arguments
        where argument.NameEquals?.Name.Identifier.Text == "EventId"
            || (argument.NameEquals is null && argument.NameColon is null
                && attribute.ArgumentList!.Arguments.IndexOf(argument) == 0
                && argument.Expression is LiteralExpressionSyntax)
        select (int.Parse(argument.Expression.ToString()), file.Place(attribute));
}
