"""The words that WhatsApp itself writes into message bodies, by meaning, in many languages: data.

Android's words come from its app of 2017 to 2019, the iPhone's from version 22.24; newer ones were
found in exports. In a language that is missing here a message loses its kind, never its text.
"""


def phrases(block: str) -> tuple[str, ...]:
    """Return the phrases of a block, which are separated by bars; a phrase may span lines."""
    return tuple(phrase for part in block.replace("\n", " ").split("|") if (phrase := part.strip()))


MEDIA_OMITTED = phrases("""
Media weggelaat | تم استبعاد الوسائط | Media çıxarılmışdır | Без файл | মিডিয়া বাদ দেওয়া হয়েছে |
Mitjans omesos | Média vynechána | Mediefil udeladt | Medien weggelassen | Εξαίρεση πολυμέσων |
Archivo omitido | Meedia ära jäetud | پيوست نما/آهنگ حذف شد | Media jätetty pois | Fichier omis |
મીડિયા અવગણાયું | מדיה הושמטה | मीडिया के बिना | Medijski zapis izostavljen | Hiányzó médiafájl |
Media tidak disertakan | Media omesso | メディアは含まれていません | Файл қосылған жоқ |
ಮೀಡಿಯಾ ಕೈಬಿಡಲಾಗಿದೆ | 미디어 파일을 생략한 대화내용 | Praleistas medijos turinys | Bez multivides |
Без фајл | മീഡിയ ഒഴിവാക്കി | मीडिया वगळले | Media disingkirkan | Uten vedlegg | Media weggelaten |
ਮੀਡੀਆ ਛੱਡਿਆ ਗਿਆ | pliki pominięto | Mídia omitida | Ficheiro não revelado | Conținut media omis |
Файл пропущен | Médiá vynechané | Medij izpuščen | Pa media | медији су изостављени |
Media har utelämnats | Media imerukwa | ஊடகங்கள் நீக்கப்பட்டது | మాధ్యమం విస్మరించబడింది |
สื่อถูกลบ | Walang kalakip na media | Medya atlanmış | Медіа пропущено | میڈیا چھوڑ دیا گیا |
Fayl o‘tkazib yuborildi | Bỏ qua Media | 省略多媒体文件 | 忽略多媒體檔 | Media omitted |
media buraxıldı | মিডিয়া বাদ দেওয়া হয়েছে | fitxers multimèdia omesos | média vynechány |
medier udeladt | medien ausgeschlossen | αρχείο παραλήφθηκε | multimedia omitido |
meedia välja jäetud | رسانه حذف شد | media jätettiin pois | médias omis | મિડિયા છોડી મૂકાયું |
મીડિયા અવગણવામાં આવ્યા | média elhagyva | media omessi | המדיה לא נכללה | メディアなし |
файлдар қосылмаған | ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ | 미디어 파일 제외됨 | ບໍ່ລວມມີເດຍ | medija praleista |
nav iekļauta multivide | без фајлови | मीडिया वगळण्यात आला | media dikecualikan | media utelatt |
ਮੀਡੀਆ ਛੱਡਿਆ | ਮੀਡੀਆ ਛਡਿਆ ਗਿਆ | pominięto multimedia | без медиафайлов | datoteke izpuščene |
media u hoq | Media hequr | media utelämnat | media hazijajumuishwa | கோப்புகள் விடப்பட்டன |
మీడియా విస్మరించబడింది | ไฟล์สื่อถูกลบ | ınalis ang media | medya dahil edilmedi |
میڈیا ہٹا دیا گیا | bỏ qua tệp phương tiện | Video note omitted | Video message omitted
""")
"""Android, in angle brackets: an export without media."""

FILE_ATTACHED = phrases("""
lêer aangeheg | الملف مرفق | fayl əlavə olunub | прикачен файл | ফাইল সংযুক্ত হয়েছে |
arxiu adjunt | soubor byl přiložen | fil vedhæftet | Datei angehängt | συνημμένο αρχείο |
archivo adjuntado | archivo adjunto | fail lisatud | liitetiedosto |
fichier joint | ફાઇલ જોડાયેલ | קובץ מצורף |
फाइल अटैच कर दी गई है | datoteka u privitku | fájl csatolva | file terlampir | file allegato |
添付ファイル有り | қосымша файл | ಕಡತ ಸೇರಿಸಲಾಯಿತು | 파일 첨부됨 | byla prisegta |
pievienots fails | прикачен фајл | ഫയൽ ചേർത്തു | फाइल संलग्न | fail dilampirkan | vedlagt fil |
bestand bijgevoegd | ਅਟੈਚ ਕੀਤੀ ਫਾਇਲ | załączony plik | arquivo anexado | ficheiro anexado |
fișier atașat | файл добавлен | súbor pripojený | priložena datoteka | skedë e ngjitur |
прикачена датотека | bifogad fil | faili limeambatanishwa | ఫైల్ జోడించబడినది | ไฟล์ที่แนบ |
nakalakip na file | dosya ekli | файл додано | پیوستہ فائل | fayl biriktirildi | tệp đính kèm |
文件附件 | 附件檔案 | file attached
""")
"""Android, in round brackets after a file's name."""

MEDIA_LEFT_OUT = phrases("""
لم يتم إدراج الصورة | ইমেজ বাদ দেওয়া হয়েছে | Imatge omesa | obrázek vynechán | billede udeladt |
Bild weggelassen | εικόνα παραλείφθηκε | image omitted | imagen omitida | تصویر حذف شد | ei kuvaa |
image absente | íomhá ligthe ar lár | છબી પડતી મૂકાઈ | התמונה הושמטה | फ़ोटो हटाई गई |
slika izostavljena | kép küldése sikertelen | gambar tidak disertakan | immagine omessa |
画像は含まれていません | 이미지 생략됨 | इमेज वगळली | imej tidak dimasukkan |
bilde ikke inkludert | afbeelding weggelaten | obraz pominięty | imagem ocultada |
imagem não revelada | Imagine omisă | изображение отсутствует | obrázok vynechaný |
bild utesluten | ไม่มีรูปภาพ | görüntü dahil edilmedi | зображення відсутнє |
تصویر نکال دی گئی ہے | đã bỏ qua hình ảnh | 圖片已略去 | 照片已忽略 | 圖像已省略 |
لم يتم إدراج الفيديوهات | ভিডিও বাদ দেওয়া হয়েছে | vídeo omès | video vynecháno | video udeladt |
Video weggelassen | βίντεο παραλείφθηκε | video omitted | Video omitido | ویدیو حذف شد |
videota ei sisällytetä | vidéo absente | físeán ligthe ar lár | વિડિયો પડતી મુકાઈ |
סרטון הווידאו הושמט | वीडियो छोड़ा गया | video izostavljen | Videó kihagyva. |
video tidak disertakan | video omesso | ビデオは含まれていません | 비디오 생략됨 | व्हिडीओ वगळला |
video tidak dimasukkan | video utelatt | video weggelaten | wideo pominięte | vídeo omitido |
vídeo não revelado | clip video omis | видео отсутствует | video vynechané | video utesluten |
วิดีโอถูกลบ | video dahil edilmedi | відео відсутнє | ویڈیو نظرانداز | đã bỏ video | 影片已略去 |
视频已忽略 | 影片已省略 | لم يتم إدراج المقاطع الصوتية | অডিও বাদ দেওয়া হয়েছে | Àudio omès |
zvukový soubor vynechán | lyd udeladt | Audio weggelassen | ήχος παραλείφθηκε | audio omitted |
audio omitido | صدا حذف شد | äänitiedostoa ei sisällytetä | audio omis | comhad fuaime ar lár |
ઓડિયો ફાઇલ શામેલ કરી નથી | קטע קול הושמט | ऑडियो हटाई गयी | zvuk izostavljen | Hang kihagyása |
audio tidak disertakan | audio omesso | 音声は含まれていません | 오디오 생략됨 | ऑडिओ वगळला |
audio tidak dimasukkan | lyd utelatt | audio weggelaten | audio pominięte | áudio ocultado |
ficheiro de áudio não revelado | fără audio | аудиофайл отсутствует | zvuk vynechaný |
ljud utelslutet | ไม่มีไฟล์เสียง | ses dahil edilmedi | аудіо відсутнє | آڈیو نظرانداز |
bỏ qua tệp âm thanh | 音訊已略去 | 音频已忽略 | 音訊已省略 | تم حذف الملصقات |
স্টিকার বাদ দেওয়া হয়েছে | adhesiu omès | nálepka vynechána | klistermærke udeladt |
Sticker weggelassen | αυτοκόλλητο παραλήφθηκε | sticker omitted | sticker omitido | استیکر حذف شد |
tarraa ei sisällytetty | sticker omis | fágadh an greamán ar lár | સ્ટીકર પડતું મુકાયું |
סטיקר הושמט | स्टिकर छोड़ा गया | naljepnica izostavljena | matrica kihagyva |
stiker tidak disertakan | sticker non incluso | スタンプは含まれていません | 스티커 제외됨 |
स्टिकर वगळले | pelekat tidak disertakan | klistremerke utelatt | sticker weggelaten |
pominięto naklejkę | figurinha omitida | sticker não revelado | стикер не добавлен |
nálepka vynechaná | sticker utesluten | ไม่มีสติกเกอร์ | Çıkartma dahil edilmedi |
Наклейку не додано | اسٹیکر نظرانداز | đã bỏ sticker | 貼圖已略去 | 贴图已省略 | 貼圖已忽略 |
لم يتم إدراج صورة GIF | জিআইএফ বাদ দেওয়া হয়েছে | GIF omès | GIF vynechán | GIF udeladt |
GIF weggelassen | Παράληψη GIF | GIF omitted | GIF omitido | GIF حذف شد |
GIF-animaatio jätetty pois | GIF retiré | GIF ligthe ar lár | GIF પડતી મૂકાઈ | GIF הושמט |
GIF छोड़ा गया | GIF izostavljen | GIF fájl kihagyása | GIF tidak disertakan | GIF esclusa |
GIFは含まれていません | GIF 생략됨 | GIF वगळले | GIF tidak dimasukkan | GIF utelatt |
GIF weggelaten | Plik GIF pominięty | GIF não revelada | GIF omis | GIF отсутствует |
GIF vynechaný | GIF utesluten | ละเว้น GIF | GIF dahil edilmedi | GIF-анімацію пропущено |
GIF  نظرانداز | Đã bỏ qua ảnh GIF | GIF 已略去 | GIF 动态图已被忽略 | GIF 圖片已被省略 |
لم يتم إدراج المستند | ডকুমেন্ট বাদ দেওয়া হয়েছে | Document omès | dokument vynechán |
dokument udeladt | Dokument weggelassen | έγγραφο παραλείφθηκε | document omitted |
documento omitido | سند حذف شد | dokumenttia ei sisällytetä | document manquant |
cáipéis ligthe ar lár | ડોક્યુમેન્ટ સામેલ કર્યું નહિ | מסמך הושמט | डॉक्यूमेंट छोड़ा गया |
dokument izostavljen | dokumentum kihagyva | dokumen tidak disertakan | documento omesso |
ドキュメントは含まれていません | 문서 생략됨 | डॉक्युमेंट वगळले | dokumen tidak dimasukkan |
utelatt dokument | document weggelaten | dokument pominięty | documento não revelado |
document omis | документ отсутствует | dokument vynechaný | dokument uteslutet | ละเว้นเอกสาร |
belge dahil edilmedi | документ пропущено | دستاویز نظرانداز | đã bỏ qua tài liệu | 文件已略去 |
文档已省略 | 文件已忽略 | تم حذف صورة المنتج | প্রোডাক্টের ইমেজ সরানো হয়েছে |
Imatge del producte omesa | obrázek produktu byl vynechán | produktbillede udeladt |
Produktbild ausgelassen | παραλείπεται η εικόνα προϊόντος | product image omitted |
imagen del producto omitida | عکس کالا حذف شده است | tuotekuva jätetty pois |
image produit oubliée | fágadh íomhá an táirge ar lár | પ્રોડક્ટનો ફોટો બાકાત રાખ્યો |
תמונת המוצר נשלחה | प्रोडक्‍ट की फ़ोटो हटाई गई | slika proizvoda izostavljena |
a termékkép hiányzik | gambar produk dihilangkan | immagine del prodotto omessa |
商品画像は含まれていません | 제품 이미지 생략됨 | प्रॉडक्ट इमेज वगळली |
imej produk tidak disertakan | produktbilde utelatt | productafbeelding weggelaten |
zdjęcie produktu zostało pominięte | imagem de produto omitida | imagem do produto não revelada |
imagine a produsului omisă | изображение товара отсутствует | obrázok produktu vynechaný |
produktbild utelämnad | ไม่ได้ใส่รูปผลิตภัณฑ์ | ürün görseli dahil edilmedi |
зображення продукту пропущено | پروڈکٹ کی تصویر نکال دی گئی ہے | đã bỏ ảnh sản phẩm |
產品圖片已略去 | 产品图省略 | 產品圖片已省略 | video note omitted
""")
"""iPhone: an export without media."""

CARD_LEFT_OUT = phrases("""
لم يتم إدراج بطاقة جهة اتصال | পরিচিতির কার্ড বাদ দেওয়া হয়েছে | Targeta de contacte omesa |
Vizitka vynechána | Kontaktkort udeladt | Kontaktkarte ausgelassen | Η κάρτα επαφής παραλήφθηκε |
Contact card omitted | Tarjeta de contacto omitida | برگ مخاطب حذف شد. |
Yhteystietokortti jätettiin pois | Fiche contact manquante | Cárta teagmhála ar lár |
સંપર્કનું કાર્ડ પડતું મૂકાયું | כרטיס איש קשר הושמט | कॉन्टैक्ट कार्ड छोड़ा गया |
Posjetnica izostavljena | Névjegykártya kihagyva | Kartu kontak tidak disertakan |
Scheda contatto omessa | 連絡先カードを省略 | 연락처 카드 생략됨 | संपर्क कार्ड वगळले |
Kad kenalan tidak dimasukkan | Kontaktkort sløyfet | Visitekaartje weggelaten |
Pominięta wizytówka kontaktu | Cartão do contato omitido | Contacto não revelado |
Carte de vizită contact omisă | Карточка контакта отсутствует | Karta kontaktu vynechaná |
Kontaktkort uteslutet | บัตรรายชื่อที่ละเว้น | Kişi kartı dahil edilmedi |
Картка контакту відсутня | رابطہ کارڈ نظر انداز | Bỏ qua thẻ liên lạc | 聯絡人卡片已略去 |
联系人卡片已忽略 | 聯絡人卡片已省略 | contact cards omitted
""")
"""iPhone: a contact card in an export without media."""

LIVE_LOCATION = phrases("""
regstreekse ligging gedeel | تمت مشاركة الموقع المباشر | canlı məkan paylaşılıb |
местоположение в реално време споделено | লাইভ অবস্থান শেয়ার করা হয়েছে |
Ubicació en directe compartida | byla sdílena aktuální poloha | live placering delt |
Live-Standort wird geteilt | η τωρινή τοποθεσία κοινοποιήθηκε |
ubicación en tiempo real compartida | hetke asukoht jagatud | مکان زنده به اشتراک گذاشته شد |
live-sijainti jaettu | Localisation en direct partagée | જીવંત સ્થાન શેર કરાયું |
משתף מיקום בשידור חי | लाइव स्थान साझा किया गया | trenutna lokacija podijeljena |
tartózkodási hely megosztva | Lokasi terkini dibagikan | posizione attuale condivisa |
ライブロケーション共有 | қазіргі орынмен бөлісті | ನೇರ ಸ್ಥಳ ಹಂಚಿಕೊಳ್ಳಲಾಗಿದೆ | 공유한 실시간 위치 |
tiesioginė vieta bendrinama | reāllaika atrašanās vieta | споделено локација во живо |
ലൈവ് ലൊക്കേഷൻ പങ്കിട്ടു | सध्याचे थेट ठिकाण शेअर केले | lokasi terkini dikongsi |
posisjon i sanntid delt | live locatie gedeeld | ਮੌਜੂਦਾ ਟਿਕਾਣਾ ਸਾਂਝਾ ਕੀਤਾ |
udostępniona transmisja położenia | localização atual compartilhada |
Está a partilhar a sua localização | locație în timp real distribuită | Геоданные отправлены |
bola zdieľaná aktuálna poloha | lokacija v živo je bila deljena | vendnodhja aktuale u shpërnda |
Локација уживо подељена | liveposition delad | mahali mubashara pameshirikishwa |
இடம் நேரலையாக பகிரபட்டது | ప్రత్యక్ష స్థాన భాగస్వామ్యం | ตำแหน่งปัจจุบันถูกแบ่งปัน |
ibinahagi ang live na lokasyon | Mevcut konum paylaşıldı | геодані надіслано |
جاری مقام کا اشتراک ہوا | jonli joylashuv ulashildi | vị trí hiện thời được chia sẻ |
共享实时位置 | 實時位置已分享 | live location shared
""")
"""A live location."""

DELETED = phrases("""
Hierdie boodskap was uitgevee | تم حذف هذه الرسالة | Bu ismarıc silindi |
Съобщението беше изтрито | এই বার্তাটি মুছে ফেলা হয়েছে | Aquest missatge està esborrat |
Tato zpráva byla odstraněna | Denne besked blev slettet | Diese Nachricht wurde gelöscht |
Αυτό το μήνυμα διαγράφηκε | Este mensaje fue eliminado | See sõnum on kustutatud |
این پیام حذف شد | Tämä viesti poistettiin | Ce message a été supprimé | આ સંદેશ રદ્દ કરાયો |
הודעה זו נמחקה | यह संदेश मिटाया गया | Ova poruka je izbrisana | Ez az üzenet törlésre került |
Pesan ini telah dihapus | Questo messaggio è stato eliminato | このメッセージは削除されました |
Бұл хат жойылды | ಈ ಸಂದೇಶವು ಅಳಿಸಲ್ಪಟ್ಟಿದೆ | 이 메시지는 삭제되었습니다 | Ši žinutė buvo ištrinta |
Šī ziņa tika izdzēsta | Оваа порака беше избришана | ഈ സന്ദേശം ഇല്ലാതാക്കിയതാണ് |
हा संदेश हटविण्यात आला होता | Mesej ini telah dipadam | Denne meldingen ble slettet |
Dit bericht is verwijderd | ਇਸ ਸੁਨੇਹੇ ਨੂੰ ਹਟਾਇਆ ਗਿਆ | Ta wiadomość została usunięta |
Esta mensagem foi apagada | Esta mensagem foi apagada pelo remetente | Acest mesaj a fost șters |
Данное сообщение удалено | Táto správa bola odstránená | To sporočilo je bilo izbrisano |
Ова порука је обрисана | Detta meddelande raderades | Ujumbe huu ulifutwa |
இத்தகவல் திரும்பப்பெறப்பட்டது | ข้อความนี้ได้ถูกลบ | Itong mensahe ay binura na |
Bu mesaj silindi | Це повідомлення було видалено | یہ پیغام حذف کیا گیا | Ushbu xabar o‘chirildi |
Tin nhắn này đã bị xoá | 信息已删除 | 此訊息已刪除 | This message was deleted |
Jy het boodskap uitgevee | أنت حذفت هذه الرسالة | Siz bu ismarıcı sildiniz |
Изтрихте това съобщение | আপনি এই বার্তাটি মুছে ফেলেছেন | Has esborrat aquest missatge |
Tuto zprávu jste odstranil/a | Du slettede denne besked | Du hast diese Nachricht gelöscht |
Διαγράψατε αυτό το μήνυμα | Eliminaste este mensaje | Kustutasid selle sõnumi |
شما این پیام را حذف کردید | Poistit tämän viestin | Vous avez supprimé ce message |
તમે આ સંદેશને રદ્દ કર્યો | מחקת הודעה זו | आपने यह संदेश मिटाया | Izbrisali ste ovu poruku |
Törölted ezt az üzenetet | Anda telah menghapus pesan ini | Hai eliminato questo messaggio |
このメッセージを削除しました | Сіз бұл хатты жойдыңыз | ನೀವು ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಿದ್ದೀರಿ |
삭제한 메시지입니다 | Jūs ištrynėte šią žinutę | Jūs izdzēsāt šo ziņu | Ја избриша оваа порака |
ഈ സന്ദേശം നിങ്ങൾ ഇല്ലാതാക്കി | आपण हा संदेश हटविलात | Anda telah memadamkan mesej ini |
Du slettet denne meldingen | U hebt dit bericht verwijderd | ਤੁਸੀਂ ਇਹ ਸੁਨੇਹਾ ਹਟਾਇਆ |
Usunąłeś(aś) tę wiadomość | Você apagou esta mensagem | Ați șters acest mesaj |
Вы удалили данное сообщение | Túto správu ste odstránili | To sporočilo ste izbrisali |
Обрисао/ла си ову поруку | Du raderade detta meddelande | Umefuta ujumbe huu |
இத்தகவலை தாங்கள் அழித்தீர்கள் | คุณลบข้อความนี้ | Binura mo itong mensahe | Bu mesajı sildiniz |
Ви видалили це повідомлення | آپ نے اس پیغام کو حذف کیا | Siz ushbu xabarni o‘chirdingiz |
Bạn đã xoá tin nhắn này | 您删除这个信息 | 您已刪除此訊息 | You deleted this message |
এই মেসেজটি বাদ দেওয়া হয়েছে | Aquest missatge s'ha suprimit | Tato zpráva byla smazána |
Denne besked er blevet slettet | Se eliminó este mensaje | این پیام حذف شده است |
Scriosadh an teachtaireacht seo | આ મેસેજ ડિલીટ કરાયો | यह मैसेज डिलीट कर दिया गया है |
Ova je poruka izbrisana | Pesan ini dihapus | हा मेसेज हटवण्यात आला | Mensagem apagada |
Det här meddelandet raderades | ข้อความนี้ถูกลบแล้ว | یہ میسج حذف کر دیا گیا ہے |
Tin nhắn này đã bị xóa | 这条消息已被删除 | لقد حذَفت هذه الرسالة | আপনি এই মেসেজটি বাদ দিয়েছেন |
Has suprimit aquest missatge | Tuto zprávu jste smazal/a | Du har slettet denne besked |
Scrios tú an teachtaireacht seo | તમે આ મેસેજ ડિલીટ કર્યો | מחקת את ההודעה הזו |
आपने यह मैसेज डिलीट किया | Ezt az üzenetet törölted | Anda menghapus pesan ini |
तुम्ही हा मेसेज हटवला | Usunąłeś(-ęłaś) tę wiadomość | Apagou esta mensagem |
Вы удалили это сообщение | Du har tagit bort meddelandet | คุณได้ลบข้อความนี้ |
آپ نے یہ میسج حذف کر دیا ہے | Bạn đã xóa tin nhắn này | 您已删除这条消息 | Διαγράψατε το μήνυμα |
이 메시지를 삭제했습니다 | Du raderade det här meddelandet | لقد حذفت هذه الرسالة بصفتك مشرفًا |
আপনি অ্যাডমিন হিসেবে এই মেসেজটি বাদ দিয়েছেন | Has suprimit aquest missatge com a administrador |
Tuto zprávu jste odstranil/a jako správce | Du har slettet denne besked som administrator |
Du hast diese Nachricht als Admin gelöscht | Διαγράψατε το μήνυμα ως διαχειριστής |
You deleted this message as admin | Eliminaste este mensaje como admin |
شما به‌عنوان مدیر، این پیام را حذف کردید | Poistit tämän viestin ylläpitäjänä |
Vous avez supprimé ce message en tant qu'admin |
Scrios tú, mar an riarthóir, an teachtaireacht seo | એડમિન તરીકે તમે આ મેસેજ ડિલીટ કર્યો |
מחקת את ההודעה הזו כמנהל/ת | आपने एडमिन के तौर पर यह मैसेज डिलीट किया है |
Izbrisali ste ovu poruku kao administrator | Törölted ezt az üzenetet adminként |
Anda menghapus pesan ini sebagai admin | Hai eliminato questo messaggio come amministratore |
管理者としてこのメッセージを削除しました | 관리자로서 이 메시지를 삭제했습니다 |
तुम्ही ॲडमिन म्हणून हा मेसेज हटवला आहे | Anda telah memadamkan mesej ini sebagai pentadbir |
Du slettet denne meldingen som administrator | U hebt dit bericht als beheerder verwijderd |
Usunąłeś(-ęłaś) tę wiadomość jako administrator | Mensagem apagada por um admin (você) |
Apagou esta mensagem enquanto administrador/a | Ați șters acest mesaj, ca admin |
Вы как админ удалили данное сообщение | Túto správu ste odstránili ako správca |
Du raderade det här meddelandet i egenskap av administratör | คุณได้ลบข้อความนี้ในฐานะผู้ดูแล |
Yönetici olarak bu mesajı sildiniz | Ви видалили це повідомлення від імені адміністратора |
آپ نے ایڈمن کے طور پر یہ میسج حذف کر دیا ہے | Bạn đã xóa tin nhắn này trong vai trò quản trị viên |
您已使用管理員身份刪除此訊息 | 您以管理员的身份删除了这条消息 | 您已以管理員身分刪除此訊息
""")
"""A message that somebody deleted for everyone."""

DELETED_BY_ADMIN = phrases("""
حذف المشرف %@ هذه الرسالة. | অ্যাডমিন %@ এই মেসেজটি বাদ দিয়েছেন। |
Aquest missatge l'ha suprimit un administrador: %@. |
Tuto zprávu smazal jeden ze správců skupiny (%@). |
Denne besked er blevet slettet af administratoren %@. |
Diese Nachricht wurde von Admin %@ gelöscht. | Αυτό το μήνυμα διαγράφηκε από τον διαχειριστή %@. |
This message was deleted by admin %@. | Un admin., %@, eliminó este mensaje. |
این پیام را مدیر (%@) حذف کرد. | Ylläpitäjä, %@, poisti tämän viestin. |
Ce message a été supprimé par l'admin %@ | Scrios %@ (riarthóir) an teachtaireacht seo. |
આ મેસેજ %@ એડમિને ડિલીટ કરી દીધો છે. | ההודעה נמחקה על ידי %@, מנהל/ת הקבוצה. |
यह मैसेज एडमिन %@ ने डिलीट कर दिया है. | Ovu je poruku izbrisao administrator %@. |
Ezt az üzenetet az egyik admin (%@) eltávolította. | Pesan ini dihapus oleh admin %@. |
Questo messaggio è stato eliminato dall'amministratore %@. |
このメッセージは管理者(%@)により削除されました。 | 이 메시지는 관리자 %@에 의해 삭제되었습니다. |
हा मेसेज %@ या ॲडमिनने हटवला. | Mesej ini telah dipadamkan oleh pentadbir %@. |
Denne meldingen ble slettet av administrator %@. | Dit bericht is verwijderd door beheerder %@. |
Tę wiadomość usunął administrator %@. | Mensagem apagada por um admin (%@) |
Esta mensagem foi apagada por um/a administrador/a, %@. | Acest mesaj a fost șters de admin, %@. |
Данное сообщение удалено админом (%@). | Túto správu odstránil správca (%@). |
Det här meddelandet togs bort av administratör %@. | ข้อความนี้ถูกลบโดยผู้ดูแล %@ |
Bu mesaj %@ adlı yönetici tarafından silindi. | Це повідомлення видалив адміністратор (%@). |
یہ میسج ایڈمن %@ نے حذف کر دیا ہے۔ | Quản trị viên %@ đã xóa tin nhắn này. |
管理員%@已刪除此訊息。 | 管理员 %@ 已删除这条消息。 | 管理員 %@ 已刪除此訊息。
""")
"""A message that a group's admin deleted; `%@` is the admin."""

CALLS = phrases("""
Stemoproep gemis | مكالمة صوتية فائتة | Buraxılmış zəng | Пропуснато гласово обаждане |
মিসড ভয়েস কল | Trucada de veu perduda | Zmeškaný hlasový hovor | Mistet opkald |
Verpasster Sprachanruf | Αναπάντητη κλήση | Llamada de voz perdida | Vastamata häälkõne |
تماس صوتی پاسخ داده نشده | Vastaamaton äänipuhelu | Appel vocal manqué | છૂટી ગયેલ ધ્વનિ કૉલ |
שיחה קולית שלא נענתה | छूटी हुई ध्वनि कॉल | Propušten glasovni poziv | Nem fogadott hanghívás |
Panggilan suara tak terjawab | Chiamata vocale persa | 不在着信 | Жауапсыз қоңырау |
ತಪ್ಪಿದ ಧ್ವನಿ ಕರೆ | 부재중 전화 | Praleistas balso skambutis | Neatbildēts balss zvans |
Пропуштен гласовен повик | വിളി നഷ്ടപ്പെട്ടു | मिस्ड व्हॉइस कॉल | Panggilan suara terlepas |
Tapt taleanrop | Gemiste spraakoproep | ਮਿਸ ਹੋਈ ਆਵਾਜ਼ ਕਾਲ | Nieodebrane połączenie |
Chamada de voz perdida | Apel vocal nepreluat | Пропущенный аудиозвонок | Zgrešen klic |
Thirrje e shmangur | Пропуштен гласовни позив | Missat röstsamtal | Simu ya sauti uliyoikosa |
தவறிய குரல் அழைப்பு | మిస్సేడ్ వాయిస్ కాల్ | สายที่ไม่ได้รับ | Nakaligtaang voice call |
Cevapsız sesli arama | Пропущений аудіодзвінок | چھوٹی ہوئی صوتی کال |
O‘tkazib yub. ovozli qo‘ng‘iroq | Cuộc gọi nhỡ | 未接语音通话 | 未接語音通話 | Missed voice call |
Video-oproep gemis | مكالمة فيديو فائتة | Buraxılmış video zəng | Пропуснато видео обаждане |
মিস করা ভিডিও কল | Trucada de vídeo perduda | Zmeškaný videohovor | Mistede video opkald |
Verpasster Videoanruf | Αναπάντητη βιντεοκλήση | Videollamada perdida | Vastamata videokõne |
تماس تصویری پاسخ داده نشده | Vastaamaton videopuhelu | Appel vidéo manqué | છૂટી ગયેલ વિડિઓ કૉલ |
שיחת וידאו שלא נענתה | छूटी हुई विडियो कॉल | Propušten video poziv | Nem fogadott videóhívás |
Panggilan video tak terjawab | Videochiamata persa | ビデオ通話不在着信 | Жауапсыз видео қоңырау |
ತಪ್ಪಿದ ದೃಶ್ಯ ಕರೆ | 부재중 영상통화 | Praleistas video skambutis | Neatbildēts video zvans |
Пропуштен видео повик | നഷ്ടമായ വീഡിയോ കാൾ | मिस्ड व्हिडिओ कॉल | Panggilan video terlepas |
Tapt videosamtale | Gemiste video-oproep | ਮਿਸ ਹੋਈ ਵੀਡੀਓ ਕਾਲ | Nieodebrane poł. wideo |
Chamada de vídeo perdida | Videochamada perdida | Apel video nepreluat | Пропущенный видеозвонок |
Neodgovorjen video klic | Videothirrje e shmangur | Пропуштен видео позив | Missat videosamtal |
Simu ya video uliyoikosa | தவறிய காணொலி அழைப்பு | తప్పిన వీడియోకాల్ | สายโทรวิดีโอที่ไม่ได้รับ |
Nakaligtaang video call | Cevapsız görüntülü arama | Пропущений відеодзвінок |
چھوٹی ہوئی ویڈیو کال | O‘tkazib yub. videoqo‘ng‘iroq | Cuộc gọi nhỡ video | 未接视频通话 |
未接視像通話 | Missed video call | ভয়েস কল মিস করেছেন | Zmeškaný hovor | Ubesvaret taleopkald |
Αναπάντητη φωνητική κλήση | Llamada perdida | Guthghlao caillte | છૂટી ગયેલો વોઇસ કૉલ |
वॉइस कॉल मिस हुई | Propušteni glasovni poziv | 音声通話不在着信 | Panggila suara terlepas |
Gemist spraakgesprek | Nieodebrane poł. głosowe | Apel vocal ratat | مسڈ وائس کال |
ভিডিও কল মিস করেছেন | Videotrucada perduda | Ubesvaret videoopkald | تماس تصویری بی‌پاسخ |
Físghlao caillte | છૂટી ગયેલ વિડિયો કૉલ | मिस्ड वीडियो कॉल | Propušteni videopoziv |
Nem fogadott videohívás | Tapt videoanrop | Gemist videogesprek | Apel video ratat |
วิดีโอคอลที่ไม่ได้รับ | مسڈ ویڈیو کال | Voice call | Video call | No answer |
Silenced voice call | Silenced video call | Missed group voice call | Missed group video call |
Missed group call | Group voice call | Group video call | Group call | Call failed |
Sprachanruf | Videoanruf | Videollamada | Llamada de voz | Appel vocal | Appel vidéo |
Chamada de voz | Chamada de vídeo | Videochamada | Chiamata vocale | Videochiamata |
Spraakoproep | Video-oproep | Аудиозвонок | Видеозвонок | Sesli arama | Görüntülü arama |
Panggilan suara | Panggilan video | 语音通话 | 视频通话 | 語音通話 | 視訊通話
""")
"""Calls."""

ATTACHED_IOS = phrases("""
المُرفق: %@ | attached: %@ | adjunt: %@ | příloha: %@ | vedhæftet: %@ | Anhang: %@ |
επισυνάφθηκε: %@ | adjunto: %@ | پیوست: %@ | liite: %@ | pièce jointe : %@ | ceangailte: %@ |
જોડાયેલ: %@ | מצורף: %@ | अटैच किया गया: %@ | priloženo: %@ | csatolva: %@ | terlampir: %@ |
allegato: %@ | 添付ファイル: %@ | 첨부됨: %@ | संलग्न केले: %@ | dilampir: %@ | vedlagt: %@ |
bijgevoegd: %@ | załączono: %@ | anexado: %@ | anexo: %@ | atașare: %@ | прикреплено: %@ |
príloha: %@ | bifogat: %@ | แนบ: %@ | %@ eklendi | додано: %@ | پیوستہ: %@ | đính kèm: %@ |
附件：%@
""")
"""iPhone, in angle brackets: an attached file; `%@` is its name."""

ATTACHED_AFTER = ("இணைக்கப்பட்டது",)
"""Android, after a file's name without brackets (Tamil)."""

ATTACHED_BEFORE = ("فایل پیوست شد",)
"""Android, before a file's name (Persian)."""

EDITED = phrases("""
This message was edited | Diese Nachricht wurde bearbeitet | Se editó este mensaje |
Ce message a été modifié | Mensagem editada | Esta mensagem foi editada |
Questo messaggio è stato modificato | Dit bericht is bewerkt | Bu mesaj düzenlendi |
Tato zpráva byla upravena | Сообщение изменено | Pesan ini diedit | تم تعديل هذه الرسالة |
ההודעה נערכה
""")
"""In angle brackets after the text of an edited message."""

POLL = phrases("""
POLL | ENCUESTA | ENQUETE | SONDAGEM | SONDAGE | UMFRAGE | SONDAGGIO | PEILING | ANKET
""")
"""The first word of a poll, before a colon."""

VIEW_ONCE = phrases("""
لقد تلقيت رسالة للعرض مرة واحدة. | আপনি "একবার দেখা যাবে" এমন মেসেজ পেয |
Has rebut un missatge que només es p | Obdržel/a jste zprávu s jednorázovým |
Du har modtaget en besked med engang | Du hast eine Nachricht zur einmalige |
Λάβατε ένα μήνυμα προβολής μίας φορά | You received a view once message. |
Recibiste un mensaje de visualizació | پیام یک‌بار قابل‌مشاهده‌ای دریافت کر |
Sait vain kerran katsottavan viestin | Vous avez reçu un message à vue uniq |
Fuair tú teachtaireacht amhairc aonu | તમને એક વાર જોઈ શકાય તેવો મેસેજ મળ્ય |
קיבלת הודעה שמוגדרת לצפייה חד פעמית. | आपको एक बार देखा जा सकने वाला मैसेज |
Primili ste poruku s jednokratnim pr | Egyszer megtekinthető üzenetet kaptá |
Anda menerima pesan sekali lihat. | Hai ricevuto un messaggio visualizza |
1回表示のメッセージを受信しました。 | 한 번만 표시되는 메시지를 받았습니다. |
तुम्हाला एकदाच पाहता येणारा मेसेज मि | Anda telah menerima mesej sekali pap |
Du har mottatt en melding som kan vi | U hebt een bericht voor eenmalige we |
Otrzymałeś(-aś) wiadomość do jednora | Você recebeu uma mensagem de visuali |
Recebeu uma mensagem de visualização | Ați primit un mesaj cu afișare unică |
Вы получили сообщение однократного п | Dostali ste správu na jedno pozretie |
Du har fått ett meddelande som visas | คุณได้รับข้อความที่ดูได้ครั้งเดียว ค |
Bir kez görüntülendikten sonra kaybo | Ви отримали одноразове повідомлення. |
آپ کو ایک بار دیکھنے کا میسج موصول ہ | Bạn đã nhận được tin nhắn xem một lầ |
您收到閱後即删訊息。 | 您收到了仅可查看一次的消息。 | 您已收到一則單次檢視訊息。 |
You sent a view once message.
""")
"""The beginnings of the text that stands for a view-once message."""

VIEW_ONCE_OMITTED = phrases("""
View once voice message omitted | View once photo omitted | View once video omitted |
View once message omitted
""")
"""Android, in angle brackets: a view-once message in an export without media."""

WAITING = phrases("""
في انتظار هذه الرسالة | এই মেসেজের জন্য অপেক্ষা করা হচ্ছে। | Esperant aquest missatge. |
Čeká se na tuto zprávu. | Venter på denne besked. | Warte auf diese Nachricht. |
Αναμονή για αυτό το μήνυμα. | Waiting for this message. | Esperando el mensaje. |
در انتظار برای این پیام. | Odotetaan tätä viestiä. | En attente de ce message. |
Ag fanacht leis an teachtaireacht se | આ મેસેજની રાહ જોવાય છે. | בהמתנה להודעה זו. |
इस मैसेज को लोड होने में थोड़ा समय ल | Čekanje na ovu poruku. | Várakozás az üzenetre. |
Menunggu pesan ini. | In attesa del messaggio. | メッセージを待っています。 |
메시지 암호화 대기중입니다. | या मेसेजची प्रतीक्षा करत आहोत. | Menunggu untuk mesej ini. |
Venter på denne meldingen. | Wachten op dit bericht. | Oczekiwanie na tę wiadomość. |
Aguardando mensagem. | A aguardar pela mensagem. | Se așteaptă mesajul. | Ожидание сообщения. |
Čaká sa na túto správu. | Väntar på meddelande. | กำลังรอข้อความนี้ อาจใช้เวลาสักครู่ |
Mesaj bekleniyor. | Очікування повідомлення. | اس میسج کا انتظار ہے۔ |
Đang chờ ghi chú thanh toán này. | 正在等待此訊息 | 正在等待信息 | 正在等待訊息 |
Waiting for this message | This message can't be displayed here.
""")
"""The beginnings of the text that stands for a message that the phone has not received."""
