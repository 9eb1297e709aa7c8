using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Millrace.Rules.Tests;

public sealed class SizeTests
{
    private const int MaxFileLines = 400;
    private const int MaxMethodLines = 60;
    private const int MaxConstructorParameters = 6;
    private const int MaxLineColumns = 120;
    private const int MaxFamilyLines = 12;

    [Test]
    public void Files_Everywhere_HaveAtMost400Lines()
    {
        var files = Source.Everything.ToList();
        int[] lengths = files.Select(f => f.Lines.Length).Order().ToArray();
        TestContext.Out.WriteLine($"{files.Count} files, median {lengths[lengths.Length / 2]} lines");
        Assert.That(
            files.Where(f => f.Lines.Length > MaxFileLines + 1).Select(f => $"{f.Path}: {f.Lines.Length}"),
            Is.Empty);
    }

    [Test]
    public void Methods_Everywhere_HaveBodiesOfAtMost60Lines()
    {
        var bodies = Source.Everything
            .SelectMany(f => f.Nodes<SyntaxNode>().Select(BodyOf).Where(b => b is not null).Select(b => (f, Body: b!)))
            .Select(x => (x.f, x.Body, Lines: LineSpan(x.Body)))
            .ToList();
        int[] lengths = bodies.Select(b => b.Lines).Order().ToArray();
        TestContext.Out.WriteLine($"{lengths.Length} bodies, median {lengths[lengths.Length / 2]} lines");
        Assert.That(
            bodies.Where(b => b.Lines > MaxMethodLines).Select(b => $"{b.f.Place(b.Body)}: {b.Lines}"),
            Is.Empty);
    }

    [Test]
    public void Constructors_InTheProduct_HaveAtMostSixParameters()
    {
        var lists = Source.Product.SelectMany(f =>
            f.Nodes<ConstructorDeclarationSyntax>().Select(c => (f, c.ParameterList))
                .Concat(f.Nodes<ClassDeclarationSyntax>()
                    .Where(c => c.ParameterList is not null)
                    .Select(c => (f, ParameterList: c.ParameterList!))));
        Assert.That(
            lists.Where(x => x.ParameterList.Parameters.Count > MaxConstructorParameters)
                .Select(x => x.f.Place(x.ParameterList)),
            Is.Empty);
    }

    [Test]
    public void Lines_Everywhere_HaveAtMost120Columns() =>
        Assert.That(
            Source.Everything.SelectMany(f => f.Lines
                .Select((line, i) => (line, At: $"{f.Path}:{i + 1}"))
                .Where(x => x.line.Length > MaxLineColumns)
                .Select(x => x.At)),
            Is.Empty);

    [Test]
    public void Files_InTheProduct_HoldOneTopLevelTypeOrASmallFamily()
    {
        var crowded = Source.Product
            .Select(f => (f, Large: TopLevelTypes(f).Count(IsLarge), All: TopLevelTypes(f).Count()))
            .Where(x => x.All > 1 && x.Large > 1)
            .Select(x => $"{x.f.Path}: {x.Large} large types");
        Assert.That(crowded, Is.Empty);
    }

    [Test]
    public void PartialTypes_InTheProduct_AreThereForASourceGenerator()
    {
        var partial = Source.Product
            .SelectMany(f => f.Nodes<TypeDeclarationSyntax>().Select(t => (f, t)))
            .Where(x => x.t.Modifiers.Any(SyntaxKind.PartialKeyword))
            .Where(x => !x.f.Text.Contains("[LoggerMessage", StringComparison.Ordinal)
                && !x.f.Text.Contains("[LibraryImport", StringComparison.Ordinal)
                && !x.f.Text.Contains("[GeneratedRegex", StringComparison.Ordinal)
                && !x.f.Text.Contains("[JsonSerializable", StringComparison.Ordinal));
        Assert.That(partial.Select(x => x.f.Place(x.t)), Is.Empty);
    }

    /// <summary>A record or enum of a few lines may stand beside its siblings (Input.cs); anything longer is a type of
    /// its own.</summary>
    private static bool IsLarge(MemberDeclarationSyntax type) =>
        type is not (EnumDeclarationSyntax or DelegateDeclarationSyntax)
        && LineSpan(type) > MaxFamilyLines
        && type is not RecordDeclarationSyntax { Members.Count: 0 };

    private static IEnumerable<MemberDeclarationSyntax> TopLevelTypes(SourceFile file) =>
        file.Nodes<MemberDeclarationSyntax>()
            .Where(m => m is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax)
            .Where(m => m.Parent is BaseNamespaceDeclarationSyntax or CompilationUnitSyntax);

    private static SyntaxNode? BodyOf(SyntaxNode node) => node switch
    {
        BaseMethodDeclarationSyntax method => (SyntaxNode?)method.Body ?? method.ExpressionBody,
        AccessorDeclarationSyntax accessor => (SyntaxNode?)accessor.Body ?? accessor.ExpressionBody,
        LocalFunctionStatementSyntax local => (SyntaxNode?)local.Body ?? local.ExpressionBody,
        PropertyDeclarationSyntax { ExpressionBody: { } expression } => expression,
        _ => null,
    };

    private static int LineSpan(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }
}
