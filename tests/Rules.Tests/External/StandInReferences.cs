using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Millrace.Rules.Tests.External;

/// <summary>Reads from an assembly's metadata what it uses of the assemblies in <c>external/</c>.</summary>
internal sealed class StandInReferences : IDisposable
{
    private static readonly string[] StandIns = ["Grpc.Core.Api", "Grpc.Net.Common"];

    private readonly PEReader _file;
    private readonly MetadataReader _metadata;

    public StandInReferences(string path)
    {
        _file = new PEReader(File.OpenRead(path));
        _metadata = _file.GetMetadataReader();
    }

    /// <summary>The stand-ins as this assembly expects to find them.</summary>
    public IEnumerable<AssemblyReference> Assemblies()
        => _metadata.AssemblyReferences
            .Select(_metadata.GetAssemblyReference)
            .Where(reference => StandIns.Contains(_metadata.GetString(reference.Name), StringComparer.Ordinal));

    /// <summary>Tokens of the types used, with their names.</summary>
    public IEnumerable<(int Token, string Name)> Types()
        => _metadata.TypeReferences
            .Where(handle => IsStandIn(handle))
            .Select(handle => (MetadataTokens.GetToken(handle), NameOf(handle)));

    /// <summary>Tokens of the methods, constructors and fields used, with their names.</summary>
    public IEnumerable<(int Token, string Name)> Members()
        => from handle in _metadata.MemberReferences
           let member = _metadata.GetMemberReference(handle)
           let declaring = TypeBehind(member.Parent)
           where IsStandIn(declaring)
           select (
               MetadataTokens.GetToken(handle),
               $"{NameOf((TypeReferenceHandle)declaring)}.{_metadata.GetString(member.Name)}");

    public void Dispose() => _file.Dispose();

    private bool IsStandIn(EntityHandle type)
    {
        while (type.Kind == HandleKind.TypeReference)
        {
            type = _metadata.GetTypeReference((TypeReferenceHandle)type).ResolutionScope;
        }

        return type.Kind == HandleKind.AssemblyReference
            && StandIns.Contains(
                _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)type).Name),
                StringComparer.Ordinal);
    }

    /// <summary>The open generic type when a member belongs to a closed one.</summary>
    private EntityHandle TypeBehind(EntityHandle parent)
    {
        if (parent.Kind != HandleKind.TypeSpecification)
        {
            return parent;
        }

        TypeSpecification specification = _metadata.GetTypeSpecification((TypeSpecificationHandle)parent);
        BlobReader signature = _metadata.GetBlobReader(specification.Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return default;
        }

        signature.ReadCompressedInteger();
        return signature.ReadTypeHandle();
    }

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = _metadata.GetTypeReference(handle);
        string name = _metadata.GetString(type.Name);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}.{name}"
            : $"{_metadata.GetString(type.Namespace)}.{name}";
    }
}
