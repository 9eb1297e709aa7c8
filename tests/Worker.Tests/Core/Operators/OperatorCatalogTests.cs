using Millrace.Common.Model;
using Millrace.Worker.Core.Operators;

namespace Millrace.Worker.Tests.Core.Operators;

public sealed class OperatorCatalogTests
{
    private static readonly OperatorContext _context = new(new KeyGroupRange(0, 1), 1);

    [Test]
    public void Create_OfEachNameInTheCatalogue_GivesAnOperatorOfThatName() =>
        Assert.That(
            OperatorCatalog.Standard.Names.Select(name => OperatorCatalog.Standard.Create(name, _context)?.Name),
            Is.EqualTo(OperatorCatalog.Standard.Names));

    [Test]
    public void Create_OfAnUnknownName_GivesNone() =>
        Assert.That(OperatorCatalog.Standard.Create("no-such-operator", _context), Is.Null);
}
