-- Texts that people pasted before they were cleaned on their way in: no byte order mark, no carriage returns at the ends of
-- lines, no blanks around them. What was clean stays as it is.
-- Back: nothing to do; what was taken away meant nothing.

update hosts set cordon_reason = regexp_replace(regexp_replace(cordon_reason, '\r+(?=\n|$)', '', 'g'), '^[\uFEFF\s]+|\s+$', '', 'g')
  where cordon_reason ~ '\r|^[\uFEFF\s]|\s$';
update component_pins set reason = regexp_replace(regexp_replace(reason, '\r+(?=\n|$)', '', 'g'), '^[\uFEFF\s]+|\s+$', '', 'g')
  where reason ~ '\r|^[\uFEFF\s]|\s$';
update rollouts set reason = regexp_replace(regexp_replace(reason, '\r+(?=\n|$)', '', 'g'), '^[\uFEFF\s]+|\s+$', '', 'g')
  where reason ~ '\r|^[\uFEFF\s]|\s$';
