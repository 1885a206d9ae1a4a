%{ for n in names ~}
${n} of ${owner}
%{ endfor ~}
end
